// What is done to the chosen images: two hundred a request, so that each is quick, with progress and a way to stop.
import { request } from "../lib/api";
import { need, setText } from "../lib/dom";
import { toast } from "../lib/toast";
import { parts } from "./order";
import type { Selection } from "./selection";

const AT_ONCE = 200;

interface Done {
  readonly count: number;
  readonly stayed?: readonly string[];
}

interface Verb {
  readonly address: string;
  readonly body: Record<string, unknown>;
  readonly said: (n: number) => string;
  /** The images are gone or elsewhere afterwards. */
  readonly leaves: boolean;
}

function verbOf(form: HTMLFormElement, name: string): Verb | null {
  const value = (field: string): string => form.querySelector<HTMLSelectElement>(`select[name=${field}]`)?.value ?? "";
  const number = (field: string): number | null => (value(field) === "" ? null : Number(value(field)));
  switch (name) {
    case "assign":
      return {
        address: "assign",
        body: { assignee: number("assignee") },
        said: (n) => interpolate(ngettext("%s image assigned.", "%s images assigned.", n), [n]),
        leaves: false,
      };
    case "move":
      return {
        address: "move",
        body: { dataset: number("dataset") },
        said: (n) => interpolate(ngettext("%s image moved.", "%s images moved.", n), [n]),
        leaves: true,
      };
    case "complete":
    case "reopen": {
      const label = number("class");
      const body = { value: name === "complete", ...(label === null ? {} : { classes: [label] }) };
      return {
        address: "complete",
        body,
        said: (n) => interpolate(ngettext("%s image changed.", "%s images changed.", n), [n]),
        leaves: false,
      };
    }
    case "delete":
      return {
        address: "delete",
        body: {},
        said: (n) => interpolate(ngettext("%s image deleted.", "%s images deleted.", n), [n]),
        leaves: true,
      };
    default:
      return null;
  }
}

export class BulkBar {
  private stopped = false;
  private busy = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly url: string,
    private readonly runsUrl: string,
    private readonly selection: Selection,
    private readonly after: (changed: readonly number[]) => Promise<void>,
  ) {
    // A verb that asks first comes here again when the answer was yes.
    form.addEventListener("submit", (event) => {
      const button = event.submitter as HTMLButtonElement | null;
      if (button?.id === "bulk-similar") return; // leads to a page of its own
      if (button?.dataset.confirm && !form.dataset.sure) return;
      event.preventDefault();
      if (button?.value === "run") return void this.find();
      const verb = verbOf(form, button?.value ?? "");
      if (verb && !this.busy) void this.run(verb);
    });
    need("#bulk-clear", form).addEventListener("click", () => selection.set([]));
    need("#bulk-stop", form).addEventListener("click", () => (this.stopped = true));
    addEventListener("beforeunload", (event) => {
      if (this.busy) event.preventDefault();
    });
    this.show();
  }

  show(): void {
    const n = this.selection.ids.size;
    need("#bulk", this.form).classList.toggle("on", n > 0 || this.busy);
    document.body.classList.toggle("choosing", n > 0);
    need("#bulk-clear", this.form).hidden = n === 0 || this.busy;
    if (!this.busy)
      setText(
        need("#bulk-line", this.form),
        interpolate(ngettext("%s image chosen", "%s images chosen", n), [n.toLocaleString()]),
      );
    const similar = this.form.querySelector<HTMLButtonElement>("#bulk-similar");
    if (similar) {
      similar.hidden = n !== 1;
      similar.value = String([...this.selection.ids][0] ?? "");
    }
    const remove = this.form.querySelector<HTMLElement>("#bulk-delete");
    if (remove)
      remove.dataset.confirm = interpolate(
        ngettext("%s image and all its boxes will be deleted.", "%s images and all their boxes will be deleted.", n),
        [n.toLocaleString()],
      );
  }

  /** A run of the class in the chosen images alone; its page follows. */
  private async find(): Promise<void> {
    const label = this.form.querySelector<HTMLSelectElement>("select[name=class]")?.value ?? "";
    if (label === "") return void toast(gettext("Choose a class first."), "info");
    try {
      const body = { kind: "autolabel", classes: [Number(label)], images: [...this.selection.ids], train: "never" };
      const run = await request<{ readonly id: number }>("POST", this.runsUrl, { body });
      location.assign(`/runs/${run.id}/`);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "error");
    }
  }

  private async run(verb: Verb): Promise<void> {
    const ids = [...this.selection.ids];
    const done: number[] = [];
    const stayed: string[] = [];
    let count = 0;
    this.progress(true);
    try {
      for (const images of parts(ids, AT_ONCE)) {
        if (this.stopped) break;
        const answer = await request<Done>("POST", `${this.url}${verb.address}/`, { body: { ...verb.body, images } });
        count += answer.count;
        stayed.push(...(answer.stayed ?? []));
        done.push(...images);
        need<HTMLProgressElement>("#bulk-bar", this.form).value = (100 * done.length) / ids.length;
        setText(
          need("#bulk-line", this.form),
          interpolate(gettext("%s of %s images"), [done.length.toLocaleString(), ids.length.toLocaleString()]),
        );
      }
      toast(verb.said(count), "success");
      if (stayed.length > 0)
        toast(
          interpolate(gettext("In that dataset already, so they stayed: %s"), [stayed.slice(0, 20).join(", ")]),
          "error",
        );
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "error");
    }
    this.progress(false);
    if (verb.leaves) for (const id of done) this.selection.ids.delete(id);
    await this.after(done);
    this.show();
  }

  private progress(busy: boolean): void {
    this.busy = busy;
    this.stopped = false;
    need<HTMLProgressElement>("#bulk-bar", this.form).value = 0;
    need("#bulk-progress", this.form).hidden = !busy;
    need("#bulk-verbs", this.form).hidden = busy;
    this.show();
  }
}
