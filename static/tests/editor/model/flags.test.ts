import { describe, expect, it } from "vitest";
import type { Box, Change, Flags, ImageState } from "../../../src/lib/types";
import { coalesced } from "../../../src/editor/model/changes";
import { flagged } from "../../../src/editor/model/commands";
import { applicable, applied, docOf, inverse, type Doc } from "../../../src/editor/model/document";
import { rebase } from "../../../src/editor/sync/rebase";
import { box, editing, image } from "../../make";

const flagsOf = (doc: Doc, id: string): Flags => doc.boxes.find((one) => one.id === id)?.flags ?? [];
const update = (id: string, flags: Flags): Change => ({ op: "update", id, flags });
const withBoxes = (boxes: readonly Box[]): ImageState => image({ boxes });

describe("what is said of boxes", () => {
  const doc = docOf(withBoxes([{ ...box("a"), flags: ["crowd"] }, box("b")]));

  it("is a change like another, and undo brings it back", () => {
    const change = [update("a", ["occluded", "crowd"])];
    const after = applied(doc, change);
    expect(flagsOf(after, "a")).toEqual(["occluded", "crowd"]);
    expect(flagsOf(applied(after, inverse(doc, change)), "a")).toEqual(["crowd"]);
  });
  it("comes back with a box that was deleted", () => {
    const gone: Change[] = [{ op: "delete", id: "a" }];
    expect(flagsOf(applied(applied(doc, gone), inverse(doc, gone)), "a")).toEqual(["crowd"]);
  });
  it("is nothing to send where it is so already", () => {
    expect(applicable(doc, [update("a", ["crowd"])])).toEqual([]);
    expect(applicable(doc, [update("a", [])])).toHaveLength(1);
  });
  it("is sent once, with the move before it", () => {
    const xyxy = [1, 2, 30, 40] as const;
    expect(coalesced([{ op: "update", id: "a", xyxy }, update("a", ["difficult"])])).toEqual([
      { op: "update", id: "a", xyxy, flags: ["difficult"] },
    ]);
  });
  it("goes on top of what somebody else saved of other boxes, and gives way where both changed the box", () => {
    const base = withBoxes([box("a"), box("b")]);
    const others = withBoxes([box("a"), { ...box("b"), xyxy: [3, 3, 60, 60] }]);
    expect(rebase(base, [], [update("a", ["ignore"])], others, () => "new").changes).toEqual([update("a", ["ignore"])]);
    const both = withBoxes([{ ...box("a"), flags: ["crowd"] }, box("b")]);
    const found = rebase(base, [], [update("a", ["ignore"])], both, () => "new");
    expect(found.notices).toMatchObject([{ kind: "both", theirs: "a", ours: "new" }]);
    expect(found.changes).toMatchObject([{ op: "create", id: "new", flags: ["ignore"] }]);
  });
  it("is toggled for all that is selected: said where one lacks it, else taken back", () => {
    const state = editing(withBoxes(doc.boxes), {
      selection: { kind: "box", id: "a" },
      also: [{ kind: "box", id: "b" }],
    });
    expect(flagged(state, "crowd").changes).toEqual([update("b", ["crowd"])]);
    const all = { ...state, doc: applied(doc, [update("b", ["crowd"])]) };
    expect(flagged(all, "crowd").changes).toEqual([update("a", []), update("b", [])]);
    expect(flagged({ ...state, selection: null, also: [] }, "crowd").changes).toEqual([]);
  });
});
