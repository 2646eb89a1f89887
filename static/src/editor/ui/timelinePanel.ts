// The side panel of the timeline: who did what to this image, and the image as it was on the canvas, with the way back
// there.
import { ApiError, request } from "../../lib/api";
import { h, need, replace, Rows, setText } from "../../lib/dom";
import { toast } from "../../lib/toast";
import type { ImageState } from "../../lib/types";
import type { Editor } from "../editor";
import { leftOut, pastOf, samePlace, type Place } from "../model/past";
import { entriesOf, type Entry, type KeptVersion } from "../model/steps";
import type { Timeline } from "../sync/timeline";
import { stepContent, versionContent } from "./timelineRows";

/** The pointer passes over many steps: only where it rests is asked for. */
const REST_MS = 90;

export class TimelinePanel {
  private readonly root: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly list: HTMLElement;
  private readonly rows: Rows<Entry, string>;
  private readonly banner: HTMLElement;
  private readonly day: Intl.DateTimeFormat;
  private readonly time: Intl.DateTimeFormat;
  private readonly both: Intl.DateTimeFormat;
  /** What a person chose: the pointer shows nothing else until it is left. */
  private fixed: Place | null = null;
  private wanted: Place | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private image = 0;
  private shown: unknown[] = [];
  private restoring = false;

  constructor(
    root: HTMLElement,
    private readonly editor: Editor,
    private readonly timeline: Timeline,
  ) {
    this.root = root;
    this.panel = need("[data-role=timeline]", root);
    this.list = need("[data-role=step-list]", this.panel);
    this.rows = new Rows(
      this.list,
      (entry) => entry.key,
      (entry) => this.row(entry),
    );
    this.banner = need("[data-role=past]", root);
    const language = document.documentElement.lang || undefined;
    this.day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
    this.time = new Intl.DateTimeFormat(language, { timeStyle: "short" });
    this.both = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    root.addEventListener("click", (event) => {
      if ((event.target as Element).closest("[data-do=panel]")) this.close();
    });
    need("[data-role=timeline-close]", this.panel).addEventListener("click", () => this.close());
    need("[data-role=past-leave]", root).addEventListener("click", () => editor.lookBack(null));
    need("[data-role=past-restore]", root).addEventListener("click", () => void this.restore());
    need("[data-role=more-steps]", this.panel).addEventListener("click", () => void this.attempt(timeline.extend()));
    this.list.addEventListener("pointerleave", () => !this.fixed && this.rest(null));
    this.list.addEventListener("keydown", (event) => this.walk(event));
    editor.watch(() => this.follow());
    timeline.watch(() => this.show());
  }

  get open(): boolean {
    return !this.panel.hidden;
  }

  toggle(): void {
    if (this.open) this.close();
    else this.start();
  }

  /** Opens with a place to look back at. */
  async lookAt(place: Place): Promise<void> {
    if (!this.open) this.start();
    await this.look(place, true);
  }

  /** Somebody saved this image, or said something of it. */
  renew(): void {
    if (this.open) void this.attempt(this.timeline.load(this.image));
  }

  private start(): void {
    this.panel.hidden = false;
    this.root.classList.remove("panel-open");
    this.image = 0;
    this.mark();
    this.follow();
    need("[data-role=timeline-close]", this.panel).focus({ preventScroll: true });
  }

  /** The panel of classes and boxes is wanted in its place. */
  close(): void {
    if (!this.open) return;
    this.editor.lookBack(null);
    this.panel.hidden = true;
    this.mark();
  }

  private mark(): void {
    this.root.classList.toggle("timeline-open", this.open);
    for (const button of this.root.querySelectorAll("[data-do=timeline]"))
      button.setAttribute("aria-pressed", String(this.open));
  }

  /** Another image is shown, or the person came back to now. */
  private follow(): void {
    const { image, state } = this.editor;
    if (!this.open) return;
    if (image && image.id !== this.image) {
      this.image = image.id;
      this.fixed = this.wanted = null;
      void this.attempt(this.timeline.load(image.id));
    }
    if (!state.past && this.shown[0]) this.fixed = this.wanted = null;
    this.show();
  }

  // ---- looking back ----

  private rest(place: Place | null): void {
    clearTimeout(this.timer);
    this.wanted = place;
    this.timer = setTimeout(() => void this.look(place, false), REST_MS);
  }

  private async look(place: Place | null, fixed: boolean): Promise<void> {
    clearTimeout(this.timer);
    this.wanted = place;
    if (!place) return void this.editor.lookBack(null);
    if (fixed) this.fixed = place;
    const { image } = this;
    try {
      const state = await this.timeline.stateOf(image, place);
      if (samePlace(this.wanted, place) && this.editor.image?.id === image && this.open)
        this.editor.lookBack(pastOf(place, state, fixed));
    } catch (error) {
      if (fixed) this.fixed = null;
      const gone = error instanceof ApiError && error.status === 404;
      toast(gone ? gettext("This version does not hold this image.") : words(error), "error");
    }
  }

  private async restore(): Promise<void> {
    const { past } = this.editor.state;
    if (!past || this.restoring) return;
    this.restoring = true;
    const body = past.place.kind === "moment" ? { moment: past.place.id } : { from_version: past.place.id };
    const lost = leftOut(past);
    try {
      const done = await this.editor.restore((seen) =>
        request<ImageState>("POST", `/api/images/${seen.id}/restore/`, { body: { version: seen.version, ...body } }),
      );
      if (!done) toast(gettext("Some changes are not saved yet. Restore when they are."), "error");
      else if (lost > 0)
        toast(
          interpolate(
            ngettext(
              "Restored. %s box is left out: its class is deleted.",
              "Restored. %s boxes are left out: their class is deleted.",
              lost,
            ),
            [lost],
          ),
        );
      else
        toast(gettext("The image is as it was then."), "info", {
          label: gettext("Undo"),
          run: () => this.editor.undo(),
        });
    } catch (error) {
      toast(words(error), "error");
    } finally {
      this.restoring = false;
    }
  }

  /** Arrow keys go from step to step, and show each. */
  private walk(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const all = [...this.list.querySelectorAll<HTMLElement>("button")];
    const next = all[all.indexOf(document.activeElement as HTMLElement) + step];
    event.preventDefault();
    next?.focus();
    next?.click();
  }

  private async attempt(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      toast(words(error), "error");
    }
  }

  // ---- what is seen ----

  private show(): void {
    const { past, classes } = this.editor.state;
    need("[data-role=steps-loading]", this.panel).hidden = !this.timeline.loading;
    const now = [past, classes, this.timeline.known];
    if (!this.open && this.shown.length === 0) return;
    if (now.every((value, index) => value === this.shown[index])) return;
    const listed = classes === this.shown[1] && this.timeline.known === this.shown[2];
    if (classes !== this.shown[1]) this.timeline.forgetStates();
    this.shown = now;
    if (!listed) this.fill();
    for (const button of this.list.querySelectorAll<HTMLElement>("button")) {
      const here = past?.fixed === true && button.dataset.place === keyOf(past.place);
      if (here) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.root.classList.toggle("looking-back", past !== null);
    this.banner.hidden = past === null;
    need("[data-role=past-buttons]", this.banner).hidden = !past?.fixed;
    if (past) void this.name(past.place);
  }

  private async name(place: Place): Promise<void> {
    const text = await this.nameOf(place).catch(() => gettext("As it was"));
    if (samePlace(this.editor.state.past?.place ?? null, place))
      setText(need("[data-role=past-name]", this.banner), text);
  }

  private async nameOf({ kind, id }: Place): Promise<string> {
    if (kind === "version") {
      const { number, name, made_at } = await this.timeline.version(id);
      return interpolate(gettext("As it was in %s, %s"), [
        name === "" ? `v${number}` : `v${number} “${name}”`,
        this.both.format(new Date(made_at)),
      ]);
    }
    const step = this.timeline.step(id);
    return step ? interpolate(gettext("As it was on %s"), [this.both.format(new Date(step.at))]) : gettext("As it was");
  }

  private fill(): void {
    const { steps, next } = this.timeline.known;
    this.rows.show(entriesOf(steps, (at) => this.day.format(at)));
    need("[data-role=more-steps]", this.panel).hidden = next === null;
  }

  /** A row stays where a hand is about to press it, whatever comes above it. */
  private row(entry: Entry): { element: HTMLElement; update: (entry: Entry) => void } {
    if (entry.kind === "day") return { element: h("li.step-day", {}, entry.day), update: () => undefined };
    if (entry.kind === "version") return { element: this.versionRow(entry.version), update: () => undefined };
    const button = this.button({ kind: "moment", id: entry.step.moment }, "step-choose");
    let said = "";
    return {
      element: h("li", { "data-testid": "step" }, button),
      update: (now) => {
        const { classes } = this.editor.state;
        const says = JSON.stringify([now, classes]);
        if (now.kind !== "step" || says === said) return;
        said = says;
        replace(button, ...stepContent(now.step, classes, this.time));
      },
    };
  }

  private versionRow(version: KeptVersion): HTMLElement {
    const place: Place = { kind: "version", id: version.id };
    return h("li", { "data-testid": "step-version" }, this.button(place, "step-version", ...versionContent(version)));
  }

  private button(place: Place, name: string, ...content: Node[]): HTMLElement {
    return h(
      "button",
      {
        type: "button",
        class: name,
        "data-place": keyOf(place),
        onclick: () => void this.look(place, true),
        onpointerenter: (event: PointerEvent) => event.pointerType === "mouse" && !this.fixed && this.rest(place),
      },
      ...content,
    );
  }
}

const keyOf = ({ kind, id }: Place): string => `${kind}-${id}`;

function words(error: unknown): string {
  return error instanceof ApiError ? error.detail : gettext("No answer came. Are you online?");
}
