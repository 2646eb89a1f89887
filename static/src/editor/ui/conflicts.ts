// Two people changed the same box: both versions side by side. Both are kept already; the card only offers to drop one.
import { h, icon } from "../../lib/dom";
import type { Box, Change, Xyxy } from "../../lib/types";
import { boxOf } from "../model/document";
import type { Editor } from "../editor";
import { layerFor } from "../sync/images";
import type { Notice } from "../sync/rebase";

export type Conflict = Extract<Notice, { kind: "both" | "revived" | "theirs" }>;

export const isConflict = (notice: Notice): notice is Conflict =>
  notice.kind === "both" || notice.kind === "revived" || notice.kind === "theirs";

/** What each answer deletes. Their version where it is a box, ours where it is one; keeping both deletes nothing. */
export function dropped(conflict: Conflict, keep: "theirs" | "mine"): readonly Change[] {
  const id =
    keep === "theirs"
      ? conflict.kind === "theirs"
        ? undefined
        : conflict.ours
      : conflict.kind === "revived"
        ? undefined
        : conflict.theirs;
  return id === undefined ? [] : [{ op: "delete", id }];
}

const SIDE = 200;

export function startConflicts(
  stage: HTMLElement,
  editor: Editor,
): (image: number, notices: readonly Notice[]) => void {
  const waiting = new Map<number, Conflict[]>();
  let card: HTMLElement | null = null;
  let shown: Conflict | undefined;

  const show = (): void => {
    const here = waiting.get(editor.image?.id ?? 0) ?? [];
    // A side that is gone meanwhile is no conflict any more.
    while (here[0] && sides(here[0]).every((side) => side === null)) here.shift();
    if (here[0] === shown) return;
    shown = here[0];
    card?.remove();
    card = shown ? build(shown, here.length) : null;
    if (card) stage.append(card);
  };
  const answer = (conflict: Conflict, keep?: "theirs" | "mine"): void => {
    waiting.get(editor.image?.id ?? 0)?.shift();
    if (keep)
      editor.run({
        changes: dropped(conflict, keep).filter((change) => "id" in change && boxOf(editor.state.doc, change.id)),
      });
    show();
  };
  const sides = (conflict: Conflict): [Box | null, Box | null] => [
    conflict.kind === "revived" ? null : (boxOf(editor.state.doc, conflict.theirs) ?? null),
    conflict.kind === "theirs" ? null : (boxOf(editor.state.doc, conflict.ours) ?? null),
  ];
  const nameOf = (id: number): string => editor.state.classes.find((one) => one.id === id)?.name ?? "?";
  const figure = (box: Box | null, who: string, gone: string, button: HTMLElement, view: Xyxy): HTMLElement => {
    const size = box && ` · ${Math.round(box.xyxy[2] - box.xyxy[0])} × ${Math.round(box.xyxy[3] - box.xyxy[1])}`;
    return h(
      "figure",
      {},
      box ? crop(editor, box, view) : h("div.conflict-gone", {}, gone),
      h("figcaption", {}, h("strong", {}, who), box && ` ${nameOf(box.class)}${size}`),
      button,
    );
  };
  const build = (conflict: Conflict, count: number): HTMLElement => {
    const [theirs, ours] = sides(conflict);
    const view = around([theirs, ours].flatMap((box) => (box ? [box.xyxy] : [])));
    const button = (name: string, text: string, run: () => void): HTMLElement =>
      h("button.button.small", { type: "button", "data-testid": name, onclick: run }, text);
    return h(
      "section.conflict",
      { "data-testid": "conflict", role: "region", "aria-label": gettext("Two versions of a box") },
      h("h2", {}, gettext("Two people changed the same box")),
      h(
        "div.conflict-sides",
        {},
        figure(
          theirs,
          gettext("Theirs"),
          gettext("They deleted it"),
          button("keep-theirs", gettext("Keep only theirs"), () => answer(conflict, "theirs")),
          view,
        ),
        figure(
          ours,
          gettext("Yours"),
          gettext("You deleted it"),
          button("keep-mine", gettext("Keep only yours"), () => answer(conflict, "mine")),
          view,
        ),
      ),
      h(
        "footer",
        {},
        h(
          "span",
          {},
          count > 1 ? interpolate(gettext("%s more"), [count - 1]) : gettext("Both are kept until you choose."),
        ),
        h(
          "button.button.small.primary",
          { type: "button", "data-testid": "keep-both", onclick: () => answer(conflict) },
          icon("check"),
          gettext("Keep as it is"),
        ),
      ),
    );
  };

  editor.watch(show);
  return (image, notices) => {
    const conflicts = notices.filter(isConflict);
    if (conflicts.length > 0) waiting.set(image, [...(waiting.get(image) ?? []), ...conflicts]);
    show();
  };
}

/** A square around both, so that the two pictures show the same place. */
function around(boxes: readonly Xyxy[]): Xyxy {
  const x1 = Math.min(...boxes.map((box) => box[0]));
  const y1 = Math.min(...boxes.map((box) => box[1]));
  const x2 = Math.max(...boxes.map((box) => box[2]));
  const y2 = Math.max(...boxes.map((box) => box[3]));
  const half = Math.max(x2 - x1, y2 - y1) * 0.6;
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return [x - half, y - half, x + half, y + half];
}

function crop(editor: Editor, box: Box, view: Xyxy): HTMLCanvasElement {
  const canvas = h("canvas", { width: SIDE * 2, height: SIDE * 2, "aria-hidden": true });
  const context = canvas.getContext("2d");
  const scale = (SIDE * 2) / (view[2] - view[0]);
  const layer = layerFor(editor.picture?.layers ?? [], scale);
  if (!context) return canvas;
  if (layer) {
    const side = (view[2] - view[0]) * layer.scale;
    context.drawImage(layer.bitmap, view[0] * layer.scale, view[1] * layer.scale, side, side, 0, 0, SIDE * 2, SIDE * 2);
  }
  context.lineWidth = 5;
  context.strokeStyle = editor.state.classes.find((one) => one.id === box.class)?.color ?? "white";
  context.strokeRect(
    (box.xyxy[0] - view[0]) * scale,
    (box.xyxy[1] - view[1]) * scale,
    (box.xyxy[2] - box.xyxy[0]) * scale,
    (box.xyxy[3] - box.xyxy[1]) * scale,
  );
  return canvas;
}
