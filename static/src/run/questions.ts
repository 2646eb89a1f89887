// Three questions before anything else of a run is reviewed: one at a time, answered by a key; then the run goes on
// with what was said.
import { ApiError, request } from "../lib/api";
import { at } from "../lib/address";
import { h, icon, isTyping, need, replace, setText, swatch } from "../lib/dom";
import { keyName } from "../lib/keyName";
import { toast } from "../lib/toast";
import type { ListedSuggestion } from "../lib/types";
import { adjuster } from "../parts/boxOnPicture";
import { Client } from "../review/client";
import type { Run } from "./types";

export type Answer = "yes" | "no" | "skip";

/** Where the questions stand: what is asked, and what was said so far. */
export interface Round {
  readonly asked: readonly ListedSuggestion[];
  readonly answers: readonly Answer[];
}

export const questionOf = ({ asked, answers }: Round): ListedSuggestion | null => asked[answers.length] ?? null;

export const answered = (round: Round, answer: Answer): Round => ({ ...round, answers: [...round.answers, answer] });

/** Whether a run is to go on with what was said: the last question is answered, and not all were skipped. */
export const goesOn = (round: Round): boolean =>
  questionOf(round) === null && round.answers.some((answer) => answer !== "skip");

interface ClassName {
  readonly name: string;
  readonly color: string;
}

/** Asks on the run's page as soon as there is something to ask. */
export function startQuestions(
  project: number,
  classes: Readonly<Record<string, ClassName>>,
  review: string,
): (run: Run) => void {
  const place = need("#questions");
  const client = new Client(project);
  let run: Run | null = null;
  let round: Round = { asked: [], answers: [] };
  let busy = false;

  const show = (): void => {
    const question = questionOf(round);
    place.hidden = question === null;
    if (!question) return;
    const words = gettext("%s of %s");
    setText(need("#questions-count"), interpolate(words, [round.answers.length + 1, round.asked.length]));
    replace(need("#question"), ...card(question, classes[question.class], review, (answer) => void say(answer)));
  };
  const say = async (answer: Answer): Promise<void> => {
    const question = questionOf(round);
    if (!question || busy) return;
    busy = true;
    try {
      if (answer !== "skip") {
        const items = [{ id: question.id, version: question.version }];
        await client.decide({ verb: answer === "yes" ? "accept" : "reject", items });
      }
      round = answered(round, answer);
    } catch (error) {
      if (!(error instanceof ApiError)) return void toast(gettext("The server cannot be reached."), "error");
      toast(error.detail, "error"); // somebody else answered it
      round = answered(round, "skip");
    } finally {
      busy = false;
    }
    show();
    if (goesOn(round)) await goOn();
  };
  const goOn = async (): Promise<void> => {
    try {
      const { id } = await request<{ id: number }>("POST", `/api/runs/${run?.id}/follow-up/`);
      location.assign(at(`/runs/${id}/`));
    } catch (error) {
      toast(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."), "error");
    }
  };
  window.addEventListener("keydown", (event) => {
    if (place.hidden || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const said: Answer | undefined = ({ y: "yes", n: "no", s: "skip" } as const)[keyName(event)];
    if (!said) return;
    event.preventDefault();
    void say(said);
  });

  return (now) => {
    const ids = now.result.questions ?? [];
    if (run || now.state !== "done" || now.batch?.undone || ids.length === 0) return;
    run = now;
    void client.these(ids).then((asked) => {
      round = { asked, answers: [] };
      show();
    });
  };
}

function card(
  { image, xyxy, evidence }: ListedSuggestion,
  label: ClassName | undefined,
  review: string,
  say: (answer: Answer) => void,
): HTMLElement[] {
  const button = (answer: Answer, look: string, text: string, key: string, picture: SVGSVGElement): HTMLElement =>
    h(
      "button",
      { class: `button ${look}`, type: "button", "data-testid": `question-${answer}`, onclick: () => say(answer) },
      picture,
      text,
      h("kbd", {}, key),
    );
  const shots = evidence.filter(({ positive, crop_url }) => positive && crop_url);
  return [
    h("div.question-picture", {}, adjuster({ image, own: xyxy, box: xyxy }, null)),
    h(
      "div.question-side",
      {},
      h(
        "p.question-words",
        {},
        swatch(label?.color ?? ""),
        interpolate(gettext("Is this “%s”?"), [label?.name ?? "?"]),
      ),
      h(
        "figure.question-shots",
        {},
        h("figcaption.hint", {}, gettext("Your boxes that are most like it")),
        ...shots.map(({ crop_url }) => h("img", { src: crop_url, alt: "", decoding: "async" })),
      ),
      h(
        "div.question-answers",
        {},
        button("yes", "accept", gettext("Yes"), "Y", icon("check")),
        button("no", "reject", gettext("No"), "N", icon("x")),
        button("skip", "quiet", gettext("Skip"), "S", icon("arrow-right")),
      ),
      h("a.question-all", { href: review }, gettext("Show everything now")),
    ),
  ];
}
