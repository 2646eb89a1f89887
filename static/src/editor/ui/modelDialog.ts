// Which model runs on an image: asked in a dialog, remembered in the browser per project.
import { request } from "../../lib/api";
import { h } from "../../lib/dom";
import { parsed, spelled, type ModelChoice } from "./detectionChoice";

interface ListedModel {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly cannot_run: string;
}

export class Models {
  constructor(private readonly project: number) {}

  /** What was chosen last; null where nothing was. */
  get choice(): ModelChoice | null {
    return parsed(this.remembered());
  }

  /** Asks, remembers the answer, and then calls `then`. Raises ApiError. */
  async choose(then: () => void): Promise<void> {
    const [models, detectors] = await Promise.all([
      request<{ results: ListedModel[] }>("GET", `/api/projects/${this.project}/models/?page_size=100`),
      request<{ name: string; family: string }[]>("GET", "/api/detectors/"),
    ]);
    const option = (choice: ModelChoice, text: string): HTMLOptionElement => new Option(text, spelled(choice));
    const select = h("select.input", { "data-testid": "model-choice", "aria-label": gettext("Model") });
    select.append(option({ kind: "class" }, gettext("The current class, from its boxes so far")));
    const part = (label: string, options: HTMLOptionElement[]): void => {
      if (options.length > 0) select.append(group(label, options));
    };
    const named = (one: ListedModel): string => `${one.name} v${one.version}`;
    const versions = models.results.filter((one) => one.kind === "fewshot" && one.cannot_run === "");
    const all = option({ kind: "current" }, gettext("All classes, by their current models"));
    part(
      gettext("Class models, answered at once"),
      versions.length > 0 ? [all, ...versions.map((one) => option({ kind: "version", id: one.id }, named(one)))] : [],
    );
    part(
      gettext("Trained detectors"),
      models.results
        .filter((one) => one.kind === "detector")
        .map((one) => option({ kind: "model", id: one.id }, named(one))),
    );
    part(
      gettext("Base detectors, by the names of classes"),
      detectors.map((one) => option({ kind: "detector", name: one.name }, one.name)),
    );
    const known = this.remembered();
    if ([...select.options].some((one) => one.value === known)) select.value = known;
    this.ask(select, then);
  }

  private ask(select: HTMLSelectElement, then: () => void): void {
    const go = h("button.button.primary", { type: "submit" }, gettext("Run on this image"));
    const form = h(
      "form",
      { method: "dialog", class: "dialog-body stack" },
      h("label.field", {}, h("span", {}, gettext("Model")), select),
      h("p.hint", {}, gettext("R runs it again on any image; Shift+R chooses another.")),
      h("div.row.end", {}, h("button.button.quiet", { type: "button", "data-close": true }, gettext("Cancel")), go),
    );
    const dialog = h("dialog.dialog", { "aria-label": gettext("Run a model on this image") }, form);
    form.addEventListener("submit", () => {
      this.remember(select.value);
      then();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  private get shelf(): string {
    return `labelhub.model.${this.project}`;
  }

  private remembered(): string {
    try {
      return localStorage.getItem(this.shelf) ?? "";
    } catch {
      return ""; // storage may be forbidden; then the choice is asked for again
    }
  }

  private remember(choice: string): void {
    try {
      localStorage.setItem(this.shelf, choice);
    } catch {
      // as above
    }
  }
}

function group(label: string, options: HTMLOptionElement[]): HTMLOptGroupElement {
  const element = document.createElement("optgroup");
  element.label = label;
  element.append(...options);
  return element;
}
