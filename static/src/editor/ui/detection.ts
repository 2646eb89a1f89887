// Detect here: a chosen model on this image, or more like the selected box; what comes is shown without a reload.
import { at } from "../../lib/address";
import { ApiError, request } from "../../lib/api";
import { h, icon, need, replace, setText } from "../../lib/dom";
import { listen, type Live } from "../../lib/socket";
import { toast } from "../../lib/toast";
import { lineOf, LIVE, type SearchRun } from "../../search/runLine";
import * as commands from "../model/commands";
import { asked } from "./detectionChoice";
import { Models } from "./modelDialog";
import type { Editor } from "../editor";
import type { Binding } from "./keys";
import type { Library } from "../sync/library";
import { selected } from "../model/state";

interface FollowedRun extends SearchRun {
  readonly kind: string;
  readonly result: { readonly counts?: { readonly suggested: number } };
}

interface Place {
  readonly image: number;
  readonly box?: string;
  readonly xyxy?: readonly number[];
  readonly classes?: readonly number[];
}

interface Rights {
  readonly label: boolean;
  readonly run: boolean;
}

export function startDetect(
  root: HTMLElement,
  editor: Editor,
  library: Library,
  project: number,
  can: Rights,
): readonly Binding[] {
  if (!can.label) return [];
  const detection = new Detection(root, editor, library, project, can);
  const group = gettext("Find");
  const more: Binding = {
    keys: ["j"],
    group,
    text: gettext("More like the selected box, in this image"),
    run: () => detection.moreHere(),
  };
  const everywhere: Binding = {
    keys: ["shift+j"],
    group,
    text: gettext("More like the selected box, in all images"),
    run: () => detection.moreEverywhere(),
  };
  const model: Binding = {
    keys: ["r"],
    group,
    text: gettext("Run the chosen model on this image"),
    run: () => void detection.runModel(),
  };
  const choose: Binding = {
    keys: ["shift+r"],
    group,
    text: gettext("Choose the model"),
    run: () => void detection.chooseModel(),
  };
  return can.run ? [more, everywhere, model, choose] : [everywhere];
}

class Detection {
  private readonly strip = h("div.editor-detect", { hidden: true, "data-testid": "detect" });
  private readonly line = h("span", { role: "status", "data-testid": "detect-line" });
  private readonly models: Models;
  private live: Live | null = null;
  private looking = false;

  constructor(
    root: HTMLElement,
    private readonly editor: Editor,
    private readonly library: Library,
    private readonly project: number,
    can: Rights,
  ) {
    this.models = new Models(project);
    need(".editor-stage", root).append(this.strip);
    const tools = need(".editor-tools", root);
    const tool = (name: string, text: string, key: string, picture: SVGSVGElement, run: () => void): HTMLElement =>
      h(
        "button.tool.wide",
        { type: "button", "data-testid": name, "aria-label": text, title: `${text} (${key})`, onclick: run },
        picture,
      );
    const more = can.run
      ? tool("more-like", gettext("More like the selected box"), "J", icon("scan-search"), () => this.moreHere())
      : tool("more-like", gettext("More like the selected box, in all images"), "Shift+J", icon("scan-search"), () =>
          this.moreEverywhere(),
        );
    const model =
      can.run &&
      tool(
        "run-model",
        gettext("Run the chosen model on this image"),
        "R",
        icon("sparkles"),
        () => void this.runModel(),
      );
    const before = tools.querySelector(".narrow");
    for (const button of [more, model]) if (button) tools.insertBefore(button, before);
  }

  // ---- more like the selected box ----
  moreHere(): void {
    const place = this.place();
    if (place) void this.start({ kind: "similar", within: true, ...place }, place);
  }

  moreEverywhere(): void {
    const place = this.place();
    if (place) void this.searchEverywhere(place);
  }

  private async searchEverywhere(place: Place): Promise<void> {
    try {
      this.library.flush();
      const run = await this.post({ kind: "similar", ...place });
      location.assign(at(`/runs/${run.id}/similar/`));
    } catch (error) {
      this.failed(error);
    }
  }

  /** A saved box goes by its name, so that it stays the evidence; one on its way, or a suggestion, by its place. */
  private place(): Place | null {
    const item = selected(this.editor.state);
    const image = this.editor.image?.id;
    if (!item || image === undefined) {
      toast(gettext("Select a box first: what looks like it is searched for."), "info");
      return null;
    }
    if (item.what.kind === "box" && this.editor.saveState === "saved") return { image, box: item.what.id };
    return { image, xyxy: item.xyxy, classes: [item.class] };
  }

  // ---- a model on this image ----
  async runModel(): Promise<void> {
    const { choice } = this.models;
    const image = this.editor.image?.id;
    if (!choice) return this.chooseModel();
    if (image === undefined) return;
    const wanted = asked(choice, this.editor.state.currentClass, image);
    if (!wanted) return void toast(gettext("Choose a class first."), "info");
    await (wanted.kind === "run" ? this.start(wanted.body, null) : this.look(wanted.body, image));
  }

  /** Class models answer from the warm worker: no run is made. */
  private async look(body: object, image: number): Promise<void> {
    if (this.live || this.looking) return;
    this.looking = true;
    this.strip.hidden = false;
    setText(this.line, gettext("Looking…"));
    replace(this.strip, icon("scan-search"), this.line, h("progress.short", { "aria-label": gettext("Progress") }));
    try {
      this.library.flush();
      const { suggested } = await request<{ suggested: number }>("POST", `/api/images/${image}/predict/`, { body });
      setText(this.line, foundWords(suggested));
      replace(this.strip, icon("scan-search"), this.line, this.closeButton());
      await this.show(image, suggested);
    } catch (error) {
      this.strip.hidden = true;
      this.failed(error);
    } finally {
      this.looking = false;
    }
  }

  async chooseModel(): Promise<void> {
    try {
      await this.models.choose(() => void this.runModel());
    } catch (error) {
      this.failed(error);
    }
  }

  // ---- following ----
  private post(body: object): Promise<FollowedRun> {
    return request<FollowedRun>("POST", `/api/projects/${this.project}/runs/`, { body });
  }

  private async start(body: object, place: Place | null): Promise<void> {
    const image = this.editor.image?.id;
    if (image === undefined || this.live || this.looking) return;
    try {
      this.library.flush();
      const run = await this.post(body);
      this.follow(run, image, place);
    } catch (error) {
      this.failed(error);
    }
  }

  private follow(first: FollowedRun, image: number, place: Place | null): void {
    const bar = h("progress.short", { max: 100, "aria-label": gettext("Progress") });
    const cancel = h(
      "button.button.small.quiet",
      {
        type: "button",
        onclick: () =>
          void request("POST", `/api/runs/${first.id}/cancel/`).catch((error: unknown) => this.failed(error)),
      },
      gettext("Cancel"),
    );
    const show = (run: FollowedRun): void => {
      this.strip.hidden = false;
      bar.value = run.percent;
      setText(this.line, this.words(run));
    };
    replace(this.strip, icon("scan-search"), this.line, bar, cancel);
    show(first);
    this.live = listen<{ seq?: number; kind: string; payload: FollowedRun }>(`/ws/runs/${first.id}/?since=0`, {
      onMessage: ({ kind, payload }) => {
        if (kind !== "state" || !this.live) return;
        show(payload);
        if (!LIVE.includes(payload.state)) void this.ended(payload, image, place);
      },
    });
  }

  private words(run: FollowedRun): string {
    if (run.state === "done") {
      return foundWords(run.result.counts?.suggested ?? 0);
    }
    if (run.state === "running") return interpolate(gettext("Looking… %s"), [`${Math.floor(run.percent)}%`]);
    return lineOf(run, null);
  }

  private async ended(run: FollowedRun, image: number, place: Place | null): Promise<void> {
    this.live?.close();
    this.live = null;
    const further =
      place &&
      run.state === "done" &&
      h(
        "button.button.small",
        { type: "button", "data-testid": "everywhere", onclick: () => void this.searchEverywhere(place) },
        gettext("Look in all images"),
      );
    replace(
      this.strip,
      icon(run.state === "failed" ? "circle-alert" : "scan-search"),
      this.line,
      further,
      this.closeButton(),
    );
    if (run.state === "done") await this.show(image, run.result.counts?.suggested ?? 0);
  }

  private async show(image: number, found: number): Promise<void> {
    await this.library.refresh(image).catch((error: unknown) => this.failed(error));
    if (this.editor.wanted === image && found > 0)
      this.editor.select(commands.best(this.editor.state), { reveal: "find", loose: true });
  }

  private closeButton(): HTMLElement {
    return h(
      "button.icon-button",
      { type: "button", "aria-label": gettext("Close"), onclick: () => (this.strip.hidden = true) },
      icon("x"),
    );
  }

  private failed(error: unknown): void {
    toast(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."), "error");
  }
}

function foundWords(n: number): string {
  if (n === 0) return gettext("Nothing new found in this image.");
  return interpolate(ngettext("%s found in this image.", "%s found in this image.", n), [n]);
}
