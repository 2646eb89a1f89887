// Two people changed the same box: both versions side by side. Both are kept already; the card only offers to drop one,
// or to
// bring back what somebody deleted while it was open.
import { h, icon } from "../../lib/dom";
import type { Box, Xyxy } from "../../lib/types";
import { uuid4 } from "../../lib/uuid";
import { byId } from "../model/classes";
import type { Editor } from "../editor";
import {
  answered,
  isConflict,
  versions,
  type Conflict,
  type Keep,
  type Version,
  type Versions,
} from "../sync/conflict";
import { layerFor } from "../sync/images";
import type { Notice } from "../sync/rebase";

const SIDE = 200;

/** A conflict that waits for an answer, with both versions as they were last seen. */
interface WaitingConflict {
  readonly conflict: Conflict;
  versions: Versions | null;
}

export function startConflicts(
  stage: HTMLElement,
  editor: Editor,
): (image: number, notices: readonly Notice[]) => void {
  const waiting = new Map<number, WaitingConflict[]>();
  let card: HTMLElement | null = null;
  let shown: { of: WaitingConflict; versions: Versions } | null = null;

  const show = (): void => {
    const here = waiting.get(editor.image?.id ?? 0) ?? [];
    for (const one of here) one.versions = versions(one.conflict, editor.state.doc, one.versions);
    // Of what was never seen there is nothing to show.
    while (here[0]?.versions && !here[0].versions.theirs && !here[0].versions.ours) here.shift();
    const first = here[0];
    const now = first?.versions ?? null;
    if (shown?.of === first && shown?.versions.theirs === now?.theirs && shown?.versions.ours === now?.ours) return;
    card?.remove();
    shown = first && now ? { of: first, versions: now } : null;
    card = shown ? cardOf(editor, shown.versions, here.length - 1, answer) : null;
    if (card) stage.append(card);
  };
  const answer = (keep: Keep | null): void => {
    const one = waiting.get(editor.image?.id ?? 0)?.shift();
    if (one?.versions && keep) editor.run({ changes: answered(one.versions, keep, uuid4) });
    show();
  };

  editor.watch(show);
  return (image, notices) => {
    const found = notices.filter(isConflict).map((conflict): WaitingConflict => ({ conflict, versions: null }));
    if (found.length > 0) waiting.set(image, [...(waiting.get(image) ?? []), ...found]);
    show();
  };
}

function cardOf(editor: Editor, both: Versions, more: number, answer: (keep: Keep | null) => void): HTMLElement {
  const { theirs, ours } = both;
  const view = around([theirs, ours].flatMap((one) => (one ? [one.box.xyxy] : [])));
  const button = (name: string, text: string, keep: Keep | null, kind = "", ...before: Node[]): HTMLElement =>
    h(
      "button",
      { class: `button small ${kind}`, type: "button", "data-testid": name, onclick: () => answer(keep) },
      ...before,
      text,
    );
  const gone = theirs?.gone === true || ours?.gone === true;
  const words = goneWords(both);
  return h(
    "section.conflict",
    { "data-testid": "conflict", role: "region", "aria-label": gettext("Two versions of a box") },
    h("h2", {}, gettext("Two people changed the same box")),
    words !== "" && h("p.conflict-said", { role: "status", "data-testid": "conflict-gone" }, icon("info"), words),
    h(
      "div.conflict-sides",
      {},
      figure(
        editor,
        theirs,
        view,
        gettext("Theirs"),
        gettext("They deleted it"),
        button("keep-theirs", onlyTheirs(theirs), "theirs"),
      ),
      figure(
        editor,
        ours,
        view,
        gettext("Yours"),
        gettext("You deleted it"),
        button("keep-mine", onlyMine(ours), "mine"),
      ),
    ),
    h(
      "footer",
      {},
      h(
        "span",
        {},
        more > 0 ? interpolate(gettext("%s more"), [more]) : !gone && gettext("Both are kept until you choose."),
      ),
      gone && theirs && ours && button("bring-both", gettext("Have both"), "both"),
      button("keep-both", gettext("Keep as it is"), null, "primary", icon("check")),
    ),
  );
}

function onlyTheirs(version: Version): string {
  if (!version) return gettext("Delete it, as they did");
  return version.gone ? gettext("Only theirs, back again") : gettext("Keep only theirs");
}

function onlyMine(version: Version): string {
  if (!version) return gettext("Delete it, as you did");
  return version.gone ? gettext("Only yours, back again") : gettext("Keep only yours");
}

/** What was deleted while the card was open. */
function goneWords({ theirs, ours }: Versions): string {
  if (theirs?.gone && ours?.gone) return gettext("Both were deleted meanwhile.");
  if (theirs?.gone) return gettext("Theirs was deleted meanwhile: only yours is left.");
  if (ours?.gone && theirs) return gettext("Yours was deleted meanwhile: only theirs is left.");
  return ours?.gone ? gettext("Yours was deleted meanwhile: none is left.") : "";
}

function figure(
  editor: Editor,
  version: Version,
  view: Xyxy,
  who: string,
  absent: string,
  button: HTMLElement,
): HTMLElement {
  const box = version?.box;
  const name = box && byId(editor.state.classes).get(box.class)?.name;
  const size = box && ` · ${Math.round(box.xyxy[2] - box.xyxy[0])} × ${Math.round(box.xyxy[3] - box.xyxy[1])}`;
  const picture = box ? crop(editor, box, view) : h("div.conflict-absent", {}, absent);
  picture.classList.toggle("conflict-gone", version?.gone === true);
  return h("figure", {}, picture, h("figcaption", {}, h("strong", {}, who), box && ` ${name ?? "?"}${size}`), button);
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
  context.strokeStyle = byId(editor.state.classes).get(box.class)?.color ?? "white";
  context.strokeRect(
    (box.xyxy[0] - view[0]) * scale,
    (box.xyxy[1] - view[1]) * scale,
    (box.xyxy[2] - box.xyxy[0]) * scale,
    (box.xyxy[3] - box.xyxy[1]) * scale,
  );
  return canvas;
}
