// The suggestions in the panel, best first; the selected one opens with its evidence and its two answers.
import { h, icon, need, Rows, setText, swatch } from "../../lib/dom";
import { evidencePanel } from "../../lib/evidence";
import { confidence } from "../../lib/format";
import type { Suggestion } from "../../lib/types";
import { uuid4 } from "../../lib/uuid";
import type { Editor } from "../editor";
import { byId } from "../model/classes";
import * as commands from "../model/commands";
import { isChosen, type Selection } from "../model/state";
import { noReview } from "./hints";
import { choosing, mark } from "./rows";

/** So many are listed at first, and so many more with each press. */
const AT_ONCE = 60;

export class OfferList {
  private readonly rows: Rows<Suggestion, number>;
  private readonly more: HTMLButtonElement;
  private most = AT_ONCE;
  private image: number | null = null;
  private offers: readonly Suggestion[] = [];

  constructor(
    panel: HTMLElement,
    private readonly editor: Editor,
  ) {
    this.rows = new Rows<Suggestion, number>(
      need("[data-role=suggestion-list]", panel),
      (one) => one.id,
      (one) => offerRow(editor, one),
    );
    this.more = need<HTMLButtonElement>("[data-role=more-suggestions]", panel);
    this.more.addEventListener("click", () => {
      this.most += AT_ONCE;
      this.show(this.offers);
    });
  }

  show(offers: readonly Suggestion[]): void {
    const image = this.editor.image?.id ?? null;
    if (image !== this.image) this.most = AT_ONCE;
    this.image = image;
    this.offers = offers;
    const { selection } = this.editor.state;
    // What is selected is listed, however far down.
    const at = selection?.kind === "suggestion" ? offers.findIndex((one) => one.id === selection.id) : -1;
    this.most = Math.max(this.most, at + 1);
    this.rows.show(offers.slice(0, this.most));
    const left = offers.length - this.most;
    this.more.hidden = left <= 0;
    setText(this.more, interpolate(ngettext("%s more suggestion", "%s more suggestions", left), [left]));
  }

  reveal(id: number): void {
    this.rows.element(id)?.scrollIntoView({ block: "nearest" });
  }
}

function offerRow(editor: Editor, first: Suggestion): { element: HTMLElement; update: (offer: Suggestion) => void } {
  const what: Selection = { kind: "suggestion", id: first.id };
  const label = byId(editor.state.classes).get(first.class);
  const choose = h(
    "button.row-choose",
    { type: "button", onclick: (event: MouseEvent) => choosing(editor, what, event) },
    swatch(label?.color ?? ""),
    h("span.name", {}, label?.name ?? "?"),
    first.sure && h("span.badge.ok", {}, gettext("sure")),
    first.state === "dropped" && h("span.badge", { title: gettext("Below its run's threshold") }, gettext("dropped")),
    h("span.chance", {}, confidence(first)),
  );
  const details = h("div.offer-details");
  const element = h("li.panel-row.offer", { "data-testid": "suggestion-item", "data-id": first.id }, choose, details);
  element.addEventListener("pointerenter", () => editor.setHover(what));
  element.addEventListener("pointerleave", () => editor.setHover(null));
  const update = (offer: Suggestion): void => {
    const { selection, also } = editor.state;
    const open = selection?.kind === "suggestion" && selection.id === offer.id && also.length === 0;
    mark(element, choose, isChosen(editor.state, what));
    choose.setAttribute("aria-expanded", String(open));
    if (open && details.childElementCount === 0) details.append(...offerDetails(editor, offer));
    if (!open) details.replaceChildren();
  };
  return { element, update };
}

function offerDetails(editor: Editor, offer: Suggestion): HTMLElement[] {
  const may = editor.state.can.answer;
  const answer = (name: string, text: string, key: string, picture: SVGSVGElement, run: () => void): HTMLElement =>
    h(
      "button",
      {
        class: `button small ${name}`,
        type: "button",
        "data-testid": name,
        disabled: !may,
        title: !may && noReview(),
        onclick: run,
      },
      picture,
      text,
      h("kbd", {}, key),
    );
  const answers = h(
    "div.offer-answers",
    {},
    answer("accept", gettext("Accept"), "A", icon("check"), () => editor.run(commands.accepted(editor.state, uuid4))),
    answer("reject", gettext("Reject"), "X", icon("x"), () => editor.run(commands.rejected(editor.state))),
  );
  const why = h(
    "div.offer-why",
    {},
    h("img.offer-crop", { src: offer.crop_url, alt: "", decoding: "async" }),
    evidencePanel(offer),
  );
  return may ? [answers, why] : [answers, h("p.hint", { "data-testid": "no-review" }, noReview()), why];
}
