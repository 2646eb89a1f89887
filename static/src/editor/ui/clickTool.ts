// The tool that makes a box of one click: asks the engine, which is told of the image before.
import { ApiError, request } from "../../lib/api";
import { need, setText } from "../../lib/dom";
import { toast } from "../../lib/toast";
import type { Xyxy } from "../../lib/types";
import { uuid4 } from "../../lib/uuid";
import { clicked, isAgain, keyOf, stepped, without, type ClickedBox } from "../model/clicks";
import type { Point } from "../model/geometry";
import type { Editor } from "../editor";

interface ClickAnswer {
  readonly boxes: readonly { readonly xyxy: Xyxy }[];
}

/** An engine that is awake has an image ready by then; one that is not, starts. */
const WAKES_MS = 1500;
/** Pixels of the screen within which a second click is on the same place: fingers have no Tab. */
const AGAIN = 12;

export class ClickTool {
  private last: ClickedBox | null = null;
  /** What is ready, or on its way: an image, and the class that is looked for. */
  private asked = "";
  private state: "waking" | "looking" | "ready" | "failed" = "ready";
  private readonly hint: HTMLElement;

  constructor(
    root: HTMLElement,
    private readonly editor: Editor,
  ) {
    this.hint = need("[data-role=click-hint]", root);
    editor.watch(() => this.show());
  }

  /** Another of the boxes that the last click may have meant. False: there is none, or it is not selected. */
  step(step: 1 | -1): boolean {
    const next = stepped(this.editor.state, this.last, step);
    if (!next) return false;
    this.last = next.box;
    this.editor.run(next.outcome, keyOf(next.box.id));
    return true;
  }

  async ask(point: Point): Promise<void> {
    const { editor } = this;
    const image = editor.image?.id;
    const { currentClass } = editor.state;
    if (image === undefined) return;
    if (isAgain(this.last, point, AGAIN / editor.stage.view.scale) && this.step(1)) return;
    editor.patch({ clicks: [...editor.state.clicks, point] });
    const waits = (): boolean => editor.image?.id === image && editor.state.clicks.includes(point);
    try {
      const { boxes } = await this.post(image, { point: [point.x, point.y], ...classOf(currentClass) });
      if (!waits()) return;
      const found = clicked(
        editor.state,
        point,
        boxes.map((one) => one.xyxy),
        currentClass,
        uuid4,
      );
      if (!found) return void toast(gettext("No box was found there. Drag to draw one."));
      this.last = found.box;
      editor.run(found.outcome, found.box ? keyOf(found.box.id) : undefined);
    } catch (error) {
      if (waits()) failed(error);
    } finally {
      if (waits()) editor.patch({ clicks: without(editor.state.clicks, point) });
    }
  }

  private show(): void {
    const { state, image } = this.editor;
    const on = state.tool === "click" && !state.past;
    this.hint.hidden = !on;
    if (!on) return;
    if (image) void this.makeReady(image.id, state.currentClass);
    setText(this.hint, words(this.state));
  }

  /** Told of the image and the class before, the engine answers a click at once. */
  private async makeReady(image: number, classId: number | null): Promise<void> {
    const wanted = `${image} ${classId ?? ""}`;
    if (this.asked === wanted) return;
    this.asked = wanted;
    const now = (state: ClickTool["state"]): void => {
      if (this.asked !== wanted) return;
      this.state = state;
      this.show();
    };
    this.state = "looking";
    const slow = setTimeout(() => now("waking"), WAKES_MS);
    try {
      await this.post(image, classOf(classId));
      now("ready");
    } catch (error) {
      now("failed");
      if (this.asked === wanted) failed(error);
    } finally {
      clearTimeout(slow);
    }
  }

  private post(image: number, body: object): Promise<ClickAnswer> {
    return request<ClickAnswer>("POST", `/api/images/${image}/click/`, { body });
  }
}

const classOf = (id: number | null): object => (id === null ? {} : { class: id });

function words(state: "waking" | "looking" | "ready" | "failed"): string {
  switch (state) {
    case "waking":
      return gettext("The engine is waking: a few seconds");
    case "looking":
      return gettext("Looking at the image…");
    case "ready":
      return gettext("Click an object: its box comes. Tab, or a second click: another box");
    case "failed":
      return gettext("The engine does not answer. Drag to draw a box");
  }
}

function failed(error: unknown): void {
  toast(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."), "error");
}
