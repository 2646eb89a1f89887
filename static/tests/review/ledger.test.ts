import { describe, expect, test } from "vitest";
import * as ledgers from "../../src/review/ledger";
import type { Decision, Ledger, Verb } from "../../src/review/ledger";
import type { ListedSuggestion, SuggestionState } from "../../src/lib/types";
import { suggestion } from "../make";

const row = (id: number, state: SuggestionState = "pending", version = 1): ListedSuggestion => ({
  ...suggestion(id),
  state,
  version,
  image: { id: 7, name: "a.jpg", width: 200, height: 100 },
  crop: [50, 50, 100, 100],
});
const queue = (...rows: ListedSuggestion[]): Ledger => ledgers.listed(new Map(), rows);

test.each<[SuggestionState, Decision, Verb | undefined]>([
  ["pending", "accepted", "accept"],
  ["pending", "rejected", "reject"],
  ["pending", "pending", undefined],
  ["accepted", "pending", "reopen"],
  ["accepted", "rejected", "reopen"],
  ["withdrawn", "accepted", undefined],
  ["dropped", "accepted", "accept"],
  ["dropped", "rejected", "reject"],
  ["dropped", "pending", undefined],
])("from %s to %s asks for %s", (state, wanted, verb) => {
  expect(ledgers.asked(ledgers.decided(queue(row(1, state)), [1], wanted))?.verb).toBe(verb);
});

test("decisions of one kind go together, the other kind next, with the versions that were seen", () => {
  let ledger = queue(row(1), row(2), row(3, "pending", 4));
  ledger = ledgers.decided(ledgers.decided(ledger, [1, 3], "accepted"), [2], "rejected");
  const first = ledgers.asked(ledger)!;
  expect(first).toEqual({
    verb: "accept",
    items: [
      { id: 1, version: 1 },
      { id: 3, version: 4 },
    ],
  });
  const second = ledgers.asked(ledgers.done(ledger, first))!;
  expect(second).toEqual({ verb: "reject", items: [{ id: 2, version: 1 }] });
});

test("a yes that becomes a no while it is sent is taken back, then refused", () => {
  let ledger = ledgers.decided(queue(row(1)), [1], "accepted");
  const yes = ledgers.asked(ledger)!;
  ledger = ledgers.done(ledgers.decided(ledger, [1], "rejected"), yes, [{ id: 1, version: 2 }]);
  const back = ledgers.asked(ledger)!;
  expect(back).toEqual({ verb: "reopen", items: [{ id: 1, version: 2 }] });
  expect(ledgers.asked(ledgers.done(ledger, back))).toEqual({ verb: "reject", items: [{ id: 1, version: 3 }] });
});

test("an undo before anything was sent asks for nothing", () => {
  const ledger = ledgers.decided(ledgers.decided(queue(row(1)), [1], "accepted"), [1], "pending");
  expect(ledgers.isSettled(ledger)).toBe(true);
});

test("corners that a person changed go with the yes, and later ones take it back first", () => {
  let ledger = ledgers.adjusted(queue(row(1)), 1, [1, 2, 30, 40]);
  expect(ledgers.isSettled(ledger)).toBe(true); // looking at other corners is no answer
  ledger = ledgers.decided(ledger, [1], "accepted");
  const yes = ledgers.asked(ledger)!;
  expect(yes).toEqual({ verb: "accept", items: [{ id: 1, version: 1, xyxy: [1, 2, 30, 40] }] });
  ledger = ledgers.done(ledger, yes);
  expect(ledgers.isSettled(ledger)).toBe(true);
  ledger = ledgers.adjusted(ledger, 1, [1, 2, 30, 44]);
  const back = ledgers.asked(ledger)!;
  expect(back).toEqual({ verb: "reopen", items: [{ id: 1, version: 2 }] });
  expect(ledgers.asked(ledgers.done(ledger, back))?.items).toEqual([{ id: 1, version: 3, xyxy: [1, 2, 30, 44] }]);
});

describe("after 409", () => {
  const ledger = ledgers.decided(queue(row(1), row(2)), [1, 2], "accepted");

  test("what others decided stands, and the rest is asked again on its current version", () => {
    const result = ledgers.overtaken(ledger, [row(1, "rejected", 2), row(2, "pending", 3)]);
    expect(result.ids).toEqual([1]);
    expect(result.ledger.get(1)?.wanted).toBe("rejected");
    expect(ledgers.asked(result.ledger)).toEqual({ verb: "accept", items: [{ id: 2, version: 3 }] });
  });

  test("an answer of ours that had arrived is no conflict", () => {
    const result = ledgers.overtaken(ledger, [row(1, "accepted", 2), row(2, "accepted", 2)]);
    expect([result.ids, ledgers.isSettled(result.ledger)]).toEqual([[], true]);
  });
});

test("rows that come again keep what was decided about them", () => {
  const ledger = ledgers.listed(ledgers.decided(queue(row(1)), [1], "rejected"), [row(1), row(2)]);
  expect(ledgers.tally(ledger)).toEqual({ pending: 1, accepted: 0, rejected: 1, withdrawn: 0, dropped: 0 });
});

test("what cannot be done is shown as it is", () => {
  const ledger = ledgers.decided(queue(row(1)), [1], "accepted");
  expect(ledgers.givenUp(ledger, ledgers.asked(ledger)!).get(1)?.wanted).toBe("pending");
});

describe("another class", () => {
  test("goes with those of the same class only", () => {
    const ledger = ledgers.decided(
      ledgers.decided(queue(row(1), row(2), row(3)), [1, 3], "accepted", 5),
      [2],
      "accepted",
      6,
    );
    const first = ledgers.asked(ledger)!;
    expect(first).toEqual({
      verb: "relabel",
      class: 5,
      items: [
        { id: 1, version: 1 },
        { id: 3, version: 1 },
      ],
    });
    const next = ledgers.asked(ledgers.done(ledger, first))!;
    expect(next).toEqual({ verb: "relabel", class: 6, items: [{ id: 2, version: 1 }] });
  });

  test("after a yes, is first taken back", () => {
    let ledger = ledgers.decided(queue(row(1)), [1], "accepted");
    ledger = ledgers.decided(ledgers.done(ledger, ledgers.asked(ledger)!), [1], "accepted", 5);
    expect(ledgers.asked(ledger)?.verb).toBe("reopen");
    ledger = ledgers.done(ledger, ledgers.asked(ledger)!);
    expect(ledgers.asked(ledger)).toEqual({ verb: "relabel", class: 5, items: [{ id: 1, version: 3 }] });
  });

  test("is the class of the run again after an undo", () => {
    const before = queue(row(1));
    const ledger = ledgers.restored(ledgers.decided(before, [1], "accepted", 5), [...before.values()]);
    expect([ledgers.isSettled(ledger), ledger.get(1)?.as]).toEqual([true, 1]);
  });
});

test("undo brings back what was wanted otherwise, and only that", () => {
  const before = ledgers.decided(queue(row(1), row(2), row(3)), [2], "accepted");
  const after = ledgers.adjusted(ledgers.decided(before, [1, 2], "accepted"), 3, [1, 1, 9, 9]);
  expect(ledgers.replaced(before, after, [1, 2, 3, 4]).map((entry) => entry.suggestion.id)).toEqual([1, 3]);
  expect(ledgers.replaced(after, after, [1, 2, 3])).toEqual([]);
});

test("what was answered since it was accepted unseen stays answered", () => {
  const ledger = queue(row(1, "accepted", 2), row(2, "rejected", 3));
  const accepted = [1, 2, 9].map((id) => ({ id, version: 2 }));
  expect(ledgers.unanswered(ledger, accepted).map(({ id }) => id)).toEqual([1, 9]);
});
