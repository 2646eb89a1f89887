// The bar of a job: how far the image is, what is left, and the verbs of who works or reviews. Only on the way through
// a job's images.
import { request } from "../../lib/api";
import { need, setText } from "../../lib/dom";
import { toast } from "../../lib/toast";
import { rightsAt, verbsOf, type WorkItem, type WorkVerb } from "../model/work";
import type { Rights } from "../model/state";
import type { Editor } from "../editor";
import type { Binding } from "./keys";

interface Options {
  readonly project: number;
  readonly can: Rights;
  /** To an image of the list, or to the list's page. */
  readonly open: (image: number) => void;
  readonly leave: () => void;
  readonly flush: () => void;
}

const BADGES: Readonly<Partial<Record<WorkItem["state"], string>>> = {
  final: "ok",
  submitted: "accent",
  returned: "warn",
  skipped: "danger",
};
/** An image of a shared queue waits longer while its person is at work. */
const RENEW_MS = 60_000;
const SAVE_PATIENCE_MS = 15_000;
const SAVE_LOOK_MS = 100;

export function startWork(root: HTMLElement, editor: Editor, options: Options): readonly Binding[] {
  const bar = need("[data-role=work]", root);
  const part = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=work-${name}]`, bar);
  const dialog = need<HTMLDialogElement>("#work-why");
  const why = need<HTMLTextAreaElement>("textarea", dialog);
  let item: WorkItem | null = null;
  let asked: number | null = null;
  let renewed = 0;
  let busy = false;
  let reason: "skip" | "return" = "skip";

  const call = (verb: string, body: unknown): Promise<unknown> =>
    request("POST", `/api/projects/${options.project}/work/${verb}/`, { body });
  const say = (error: unknown): void => toast(error instanceof Error ? error.message : String(error), "error");

  /** What is known is of the image that is shown: a key that is pressed early must not act on the one before. */
  const known = (): boolean => item !== null && item.image === editor.image?.id;

  const show = (): void => {
    bar.hidden = item === null;
    if (!item) return;
    bar.dataset.image = String(item.image);
    const verbs = verbsOf(item, options.can);
    setText(part("state"), words(item.state));
    part("state").className = `badge ${BADGES[item.state] ?? ""}`;
    setText(part("name"), item.job_name);
    const left = item.left ?? 0;
    setText(part("left"), item.mine && left > 0 ? interpolate(ngettext("%s left", "%s left", left), [left]) : "");
    setText(part("who"), !item.mine && item.worker ? item.worker : "");
    setText(part("note"), item.note);
    part("note").hidden = item.note === "";
    for (const button of bar.querySelectorAll<HTMLButtonElement>("[data-work]")) {
      const at = verbs.indexOf(button.dataset.work as WorkVerb);
      button.hidden = at < 0;
      button.disabled = busy || !known();
      button.classList.toggle("primary", at === 0);
    }
  };

  const got = (found: WorkItem | null): void => {
    item = found;
    const can = found ? rightsAt(found, options.can) : options.can;
    if (can.label !== editor.state.can.label || can.answer !== editor.state.can.answer) editor.patch({ can });
    show();
  };

  /** What the server knows of the image that is shown; it is begun where it is the person's turn. */
  const look = async (image: number): Promise<void> => {
    renewed = Date.now();
    try {
      const found = (await call("take", { image })) as WorkItem;
      if (editor.image?.id === image) got(found);
    } catch (error) {
      if (editor.image?.id === image) got(null);
      say(error);
    }
  };

  const saved = async (): Promise<boolean> => {
    options.flush();
    for (let waited = 0; waited < SAVE_PATIENCE_MS; waited += SAVE_LOOK_MS) {
      if (editor.saveState === "saved") return true;
      await new Promise((resolve) => setTimeout(resolve, SAVE_LOOK_MS));
    }
    return false;
  };

  /** On to the next of the list; from a shared queue, and at the list's end, to what the server gives. */
  const onwards = async (from: WorkItem, working: boolean): Promise<void> => {
    const next = editor.neighbours?.next;
    if (next && !(working && from.shared)) return void options.open(next);
    const given = working ? ((await call("next", undefined)) as WorkItem | null) : null;
    if (given) return void options.open(given.image);
    toast(working ? gettext("Nothing more waits for you here.") : gettext("That was the last one."), "success");
    options.leave();
  };

  const run = async (verb: WorkVerb, text = ""): Promise<void> => {
    if (busy || !item || !known() || !verbsOf(item, options.can).includes(verb)) return;
    const at = item;
    const box = editor.state.selection?.kind === "box" ? editor.state.selection.id : null;
    busy = true;
    show();
    try {
      if (!(await saved())) throw new Error(gettext("The boxes are not saved yet. Try again in a moment."));
      if (verb === "accept" || verb === "reopen") await call(verb, { images: [at.image] });
      else if (verb === "submit") await call("submit", { image: at.image });
      else if (verb === "skip") await call("skip", { image: at.image, reason: text });
      else await call("give-back", { image: at.image, comment: text, ...(box && { box }) });
      busy = false;
      if (verb === "reopen") await look(at.image);
      else await onwards(at, verb === "submit" || verb === "skip");
    } catch (error) {
      say(error);
    }
    busy = false;
    show();
  };

  const ask = (verb: "skip" | "return"): void => {
    if (!item || !known() || !verbsOf(item, options.can).includes(verb)) return;
    reason = verb;
    setText(need("h2", dialog), verb === "skip" ? gettext("Skip this image") : gettext("Return this image"));
    setText(
      need("[data-role=why-hint]", dialog),
      verb === "skip"
        ? gettext("Who leads the work reads why.")
        : gettext("The comment is pinned to the selected box, or to the image."),
    );
    setText(need("[data-role=why-send]", dialog), verb === "skip" ? gettext("Skip") : gettext("Return"));
    why.value = "";
    dialog.showModal();
    why.focus();
  };
  const start = (verb: WorkVerb): void => (verb === "skip" || verb === "return" ? ask(verb) : void run(verb));

  need("form", dialog).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = why.value.trim();
    if (text === "") return;
    dialog.close();
    void run(reason, text);
  });
  bar.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-work]");
    if (button) start(button.dataset.work as WorkVerb);
  });
  for (const kind of ["pointerdown", "keydown"] as const)
    root.addEventListener(kind, () => {
      if (item?.mine && item.shared && Date.now() - renewed > RENEW_MS) void look(item.image);
    });
  editor.watch(() => {
    const here = editor.image?.id ?? null;
    if (here === null || here === asked) return;
    asked = here;
    show();
    void look(here);
  });

  const group = gettext("Job");
  const first = (): unknown => {
    const [verb] = item ? verbsOf(item, options.can) : [];
    return verb ? void start(verb) : false;
  };
  const second = (): unknown => {
    const [, verb] = item ? verbsOf(item, options.can) : [];
    return verb ? void start(verb) : false;
  };
  return [
    { keys: ["ctrl+enter"], group, text: gettext("Submit the image, or accept it as a reviewer"), run: first },
    { keys: ["ctrl+backspace"], group, text: gettext("Skip the image, or return it as a reviewer"), run: second },
  ];
}

function words(state: WorkItem["state"]): string {
  switch (state) {
    case "todo":
      return gettext("To do");
    case "started":
      return gettext("In progress");
    case "submitted":
      return gettext("Submitted");
    case "returned":
      return gettext("Returned");
    case "skipped":
      return gettext("Skipped");
    case "final":
      return gettext("Final");
  }
}
