// The project's guidelines over the picture: read at once, and a selected box becomes an example of its class.
import { request } from "../../lib/api";
import { h, icon, need, replace } from "../../lib/dom";
import { showTimes } from "../../parts/times";
import { toast } from "../../lib/toast";
import type { Editor } from "../editor";
import { selected } from "../model/state";

export interface GuidelineState {
  /** Something was written that this person has not read. */
  readonly unread: boolean;
  readonly may: boolean;
}

export function startGuidelines(
  dialog: HTMLDialogElement,
  opener: Element,
  editor: Editor,
  project: number,
  state: GuidelineState,
): () => void {
  const body = need("[data-role=guidelines]", dialog);
  const verbs = need("[data-role=guidelines-verbs]", dialog);
  const api = `/api/projects/${project}/guidelines/`;
  let unread = state.unread;

  const load = async (): Promise<void> => {
    const text = await (await fetch(body.dataset.from ?? "", { redirect: "error" })).text();
    const part = new DOMParser().parseFromString(text, "text/html").querySelector("[data-part=guidelines]");
    if (part) body.replaceChildren(document.importNode(part, true));
    showTimes();
    const here = editor.state.currentClass;
    if (here !== null && !unread) body.querySelector(`[data-class="${here}"]`)?.scrollIntoView({ block: "start" });
  };
  const attempt = (work: Promise<void>): void =>
    void work.catch(() => toast(gettext("That did not work. Are you online?"), "error"));
  const read = async (): Promise<void> => {
    await request("POST", `${api}read/`);
    unread = false;
    opener.classList.remove("unread");
    dialog.close();
  };
  const show = async (box: string, good: boolean): Promise<void> => {
    await request("POST", `${api}examples/`, { body: { box, good } });
    await load();
    fill();
  };
  const button = (symbol: SVGSVGElement, text: string, name: string, run: () => Promise<void>): HTMLElement =>
    h("button.button", { type: "button", "data-testid": name, onclick: () => attempt(run()) }, symbol, text);

  function fill(): void {
    const what = editor.state.selection;
    const box = what?.kind === "box" && selected(editor.state) ? what.id : null;
    replace(
      verbs,
      state.may &&
        box !== null &&
        button(icon("check"), gettext("Good example"), "example-good", () => show(box, true)),
      state.may && box !== null && button(icon("x"), gettext("Bad example"), "example-bad", () => show(box, false)),
      state.may && box === null && h("span.faint", {}, gettext("Select a box first to show it here as an example.")),
      unread && button(icon("check"), gettext("I have read this"), "guidelines-read", read),
    );
  }

  return () => {
    fill();
    dialog.showModal();
    attempt(load());
  };
}
