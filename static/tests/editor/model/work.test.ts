import { describe, expect, it } from "vitest";
import { rightsAt, verbsOf, type WorkItem } from "../../../src/editor/model/work";

const item = (part: Partial<WorkItem>): WorkItem => ({
  image: 1,
  job: 1,
  job_name: "Monday",
  shared: false,
  state: "started",
  mine: false,
  left: 3,
  worker: null,
  note: "",
  ...part,
});
const annotator = { label: true, answer: true, review: false };
const reviewer = { ...annotator, review: true };
const viewer = { label: false, answer: false, review: false };

describe("what a person may do with an image of a job", () => {
  it.each([
    ["who works on it submits or skips", { mine: true }, annotator, ["submit", "skip"]],
    ["who only looks on does nothing", { mine: true }, viewer, []],
    ["another's image is left alone", { state: "started" }, annotator, []],
    ["a reviewer accepts or returns", { state: "submitted" }, reviewer, ["accept", "return"]],
    ["a reviewer reopens what is final", { state: "final" }, reviewer, ["reopen", "return"]],
    ["an annotator waits for the reviewer", { state: "submitted" }, annotator, []],
    ["a reviewer's own work comes first", { mine: true, state: "returned" }, reviewer, ["submit", "skip"]],
  ] as const)("%s", (_name, part, can, verbs) => {
    expect(verbsOf(item(part), can)).toEqual(verbs);
  });

  it.each([
    ["submitted", false, annotator, false, false],
    ["final", false, annotator, false, false],
    ["submitted", false, reviewer, true, true],
    ["returned", true, annotator, true, true],
    ["started", false, annotator, true, false],
  ] as const)("%s boxes change only by who may", (state, mine, can, label, answer) => {
    expect(rightsAt(item({ state, mine }), can)).toMatchObject({ label, answer });
  });
});
