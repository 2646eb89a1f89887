// The list of members under a comment box, while a name is typed after an @.
import { request } from "../lib/api";
import { h } from "../lib/dom";
import type { Page } from "../lib/types";
import { called, completed, fitting, typed, type Person } from "./mentions";

const asked = new Map<number, Promise<readonly Person[]>>();
let lists = 0;

/** The members of a project, asked for once. */
function membersOf(project: number): Promise<readonly Person[]> {
  let found = asked.get(project);
  if (!found) {
    found = all(project);
    asked.set(project, found);
    found.catch(() => asked.delete(project));
  }
  return found;
}

async function all(project: number): Promise<readonly Person[]> {
  const people: Person[] = [];
  let address: string | null = `/api/projects/${project}/members/?page_size=200`;
  while (address) {
    const page: Page<{ user: Person }> = await request<Page<{ user: Person }>>("GET", address);
    people.push(...page.results.map((row) => row.user));
    address = page.next;
  }
  return people;
}

/** Its keys go before those of the box itself: call it before other listeners are added. */
export function startMentions(text: HTMLTextAreaElement, project: number): void {
  const id = `mentions-${++lists}`;
  const list = h("ul.mention-list", { id, role: "listbox", "aria-label": gettext("Members"), hidden: true });
  text.after(list);
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", id);
  let people: readonly Person[] = [];
  let shown: readonly Person[] = [];
  let current = 0;

  const close = (): void => {
    shown = [];
    list.hidden = true;
    text.removeAttribute("aria-activedescendant");
  };
  const choose = (person: Person): void => {
    const now = typed(text.value, text.selectionStart);
    if (now) {
      const then = completed(text.value, now, called(person, people));
      text.value = then.text;
      text.setSelectionRange(then.caret, then.caret);
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    close();
    text.focus();
  };
  const draw = (): void => {
    const rows = shown.map((person, at) =>
      h(
        "li",
        {
          id: `${id}-${at}`,
          role: "option",
          "aria-selected": at === current ? "true" : "false",
          // Not "click": the box must not lose the caret.
          onmousedown: (event: Event) => {
            event.preventDefault();
            choose(person);
          },
        },
        h("span.clip", {}, person.name || person.email),
        person.name !== "" && h("small.clip", {}, person.email),
      ),
    );
    list.replaceChildren(...rows);
    list.hidden = false;
    text.setAttribute("aria-activedescendant", `${id}-${current}`);
  };
  const look = async (): Promise<void> => {
    if (!typed(text.value, text.selectionStart)) {
      close();
      return;
    }
    people = await membersOf(project);
    const now = typed(text.value, text.selectionStart);
    shown = now ? fitting(people, now.word) : [];
    current = 0;
    if (shown.length === 0 || document.activeElement !== text) close();
    else draw();
  };

  text.addEventListener("input", () => void look().catch(close));
  text.addEventListener("blur", close);
  text.addEventListener("keydown", (event) => {
    const person = shown[current];
    if (!person || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      current = (current + step + shown.length) % shown.length;
      draw();
    } else if (event.key === "Enter" || event.key === "Tab") choose(person);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
