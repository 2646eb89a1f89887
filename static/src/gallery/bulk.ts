// What is done to the chosen images: two hundred a request, so that each is quick, with progress and a way to stop.
import { at } from "../lib/address";
import { request } from "../lib/api";
import { need, setText } from "../lib/dom";
import { toast } from "../lib/toast";
import { undoList, type UndoList } from "../parts/undoList";
import { addUp, askComplete, type Preview } from "./completeDialog";
import { parts } from "./order";
import type { Selection } from "./selection";
import * as verbs from "./verbs";
import type { VerbAnswer, Verb } from "./verbs";

const AT_ONCE = 200;

export interface BulkClass {
  readonly id: number;
  readonly name: string;
  readonly color: string;
}

export class BulkBar {
  private stopped = false;
  private busy = false;
  private readonly lines: UndoList;
  /** Something can be taken back: the page must not be loaded anew by itself. */
  undoable = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly url: string,
    private readonly runsUrl: string,
    private readonly selection: Selection,
    private readonly classes: readonly BulkClass[],
    private readonly after: (changed: readonly number[]) => Promise<void>,
  ) {
    this.lines = undoList(need("#undo-list", form));
    form.addEventListener("submit", (event) => {
      const button = event.submitter as HTMLButtonElement | null;
      if (button?.id === "bulk-similar") return; // leads to a page of its own
      if (button?.id === "bulk-job") {
        need<HTMLInputElement>("#bulk-images", form).value = [...selection.ids].join(",");
        return;
      }
      event.preventDefault();
      if (button?.value === "run") return void this.find();
      if (!this.busy) void this.start(button?.value ?? "");
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
  }

  private word(field: string): string {
    return this.form.querySelector<HTMLSelectElement>(`select[name=${field}]`)?.value ?? "";
  }

  private value(field: string): number | null {
    const value = this.word(field);
    return value === "" ? null : Number(value);
  }

  private async start(name: string): Promise<void> {
    const label = this.value("class");
    if (name === "assign") return this.run(verbs.assign(this.value("assignee")));
    if (name === "split") return this.run(verbs.split(this.word("split")));
    if (name === "move") return this.run(verbs.move(this.value("dataset")));
    if (name === "tag" || name === "untag") {
      const tag = need<HTMLInputElement>("[name=tag]", this.form).value.trim();
      return tag === "" ? void toast(gettext("Name a tag first."), "info") : this.run(verbs.tag(tag, name === "tag"));
    }
    if (name === "delete") return this.run(verbs.remove());
    if (name === "reopen") return this.run(verbs.complete(false, label === null ? null : [label]));
    if (name !== "complete") return;
    try {
      const answers = [];
      for (const images of parts([...this.selection.ids], AT_ONCE))
        answers.push(await request<readonly Preview[]>("POST", `${this.url}preview/`, { body: { images } }));
      const classes = await askComplete(this.classes, addUp(answers), label);
      if (classes) await this.run(verbs.complete(true, classes));
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "error");
    }
  }

  /** A run of the class in the chosen images alone; its page follows. */
  private async find(): Promise<void> {
    const label = this.word("class");
    if (label === "") return void toast(gettext("Choose a class first."), "info");
    try {
      const body = { kind: "autolabel", classes: [Number(label)], images: [...this.selection.ids], train: "never" };
      const run = await request<{ readonly id: number }>("POST", this.runsUrl, { body });
      location.assign(at(`/runs/${run.id}/`));
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "error");
    }
  }

  private async run(verb: Verb): Promise<void> {
    const ids = [...this.selection.ids];
    const done: number[] = [];
    const answers: VerbAnswer[] = [];
    this.progress(true);
    try {
      for (const images of parts(ids, AT_ONCE)) {
        if (this.stopped) break;
        const answer = await request<VerbAnswer>("POST", `${this.url}${verb.address}/`, {
          body: { ...verb.body, images },
        });
        answers.push(answer);
        done.push(...images);
        need<HTMLProgressElement>("#bulk-bar", this.form).value = (100 * done.length) / ids.length;
        setText(
          need("#bulk-line", this.form),
          interpolate(gettext("%s of %s images"), [done.length.toLocaleString(), ids.length.toLocaleString()]),
        );
      }
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "error");
    }
    this.progress(false);
    this.tell(verb, answers, done);
    if (verb.leaves) for (const id of done) this.selection.ids.delete(id);
    await this.after(done);
    this.show();
  }

  /** What was done, with its way back where it has one. */
  private tell(verb: Verb, answers: readonly VerbAnswer[], done: readonly number[]): void {
    const count = answers.reduce((sum, answer) => sum + answer.count, 0);
    const stayed = answers.flatMap((answer) => answer.stayed ?? []);
    const { back } = verb;
    if (answers.length > 0 && count === 0) toast(verb.said(count), "success");
    else if (count > 0) {
      this.undoable = true;
      this.lines.add(verb.said(count), () => this.takeBack(back, answers, done));
    }
    const lacking = answers.reduce((sum, answer) => sum + (answer.lacking ?? 0), 0);
    if (lacking > 0) {
      const words = ngettext(
        "%s image stays open: a box lacks what its class requires.",
        "%s images stay open: a box lacks what its class requires.",
        lacking,
      );
      toast(interpolate(words, [lacking]), "error");
    }
    const along = answers.reduce((sum, answer) => sum + (answer.along ?? 0), 0);
    if (along > 0)
      toast(interpolate(ngettext("%s near-copy went along.", "%s near-copies went along.", along), [along]), "info");
    if (stayed.length > 0)
      toast(
        interpolate(gettext("In that dataset already, so they stayed: %s"), [stayed.slice(0, 20).join(", ")]),
        "error",
      );
  }

  private async takeBack(back: Verb["back"], answers: readonly VerbAnswer[], done: readonly number[]): Promise<void> {
    try {
      for (const answer of answers) await back(this.url, answer);
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "error");
      throw error;
    } finally {
      await this.after(done);
    }
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
