// Asks of which classes the chosen images are complete, and says how many of them have no box of each.
import { h, icon, swatch } from "../lib/dom";
import type { LabelClass } from "../lib/types";

/** Of one class: images that would change, and how many of these have no box of it. */
export interface Preview {
  readonly class: number;
  readonly images: number;
  readonly empty: number;
}

export function addUp(answers: readonly (readonly Preview[])[]): readonly Preview[] {
  const found = new Map<number, Preview>();
  for (const row of answers.flat()) {
    const before = found.get(row.class);
    found.set(row.class, {
      class: row.class,
      images: row.images + (before?.images ?? 0),
      empty: row.empty + (before?.empty ?? 0),
    });
  }
  return [...found.values()];
}

function said({ images, empty }: Preview): string {
  if (images === 0) return gettext("complete already");
  const changing = interpolate(ngettext("%s image", "%s images", images), [images.toLocaleString()]);
  if (empty === 0) return changing;
  const bare = interpolate(ngettext("%s without a box", "%s without a box", empty), [empty.toLocaleString()]);
  return `${changing}, ${bare}`;
}

/**
 * Resolves to the classes, or null where the person thinks better of it. `chosen`: the one that is meant, where one is.
 */
export function askComplete(
  classes: readonly Pick<LabelClass, "id" | "name" | "color">[],
  previews: readonly Preview[],
  chosen: number | null,
): Promise<readonly number[] | null> {
  return new Promise((resolve) => {
    const title = gettext("Of which classes are they complete?");
    const byClass = new Map(previews.map((row) => [row.class, row]));
    const rows = classes.map((one) => {
      const preview = byClass.get(one.id) ?? { class: one.id, images: 0, empty: 0 };
      const tick = h("input", {
        type: "checkbox",
        value: one.id,
        checked: one.id === chosen || classes.length === 1,
        disabled: preview.images === 0,
      });
      const text = h("small", { class: preview.empty > 0 ? "warn" : "faint" }, said(preview));
      return { tick, row: h("label.complete-row", {}, tick, swatch(one.color), h("span.clip", {}, one.name), text) };
    });
    const ticked = (): number[] => rows.filter(({ tick }) => tick.checked).map(({ tick }) => Number(tick.value));
    const yes = h("button.button.primary", { type: "button", value: "yes" }, icon("check"), gettext("Complete"));
    const show = (): void => {
      yes.disabled = ticked().length === 0;
    };
    let answer: readonly number[] | null = null;
    yes.addEventListener("click", () => {
      answer = ticked();
      dialog.close();
    });
    const dialog = h(
      "dialog.dialog",
      { "aria-label": title, "data-testid": "complete-dialog" },
      h(
        "div.dialog-head",
        {},
        h("h2", {}, title),
        h("button.icon-button", { type: "button", "data-close": true, "aria-label": gettext("Close") }, icon("x")),
      ),
      h(
        "div.dialog-body",
        {},
        h(
          "p.muted",
          {},
          gettext(
            "Complete means: every object of the class has its box. An image without a box then says that there is none.",
          ),
        ),
        h("div.complete-rows", { onchange: show }, ...rows.map(({ row }) => row)),
        h("div.row.end", {}, h("button.button.quiet", { type: "button", "data-close": true }, gettext("Cancel")), yes),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    show();
    document.body.append(dialog);
    dialog.showModal();
  });
}
