import { expect, test } from "vitest";
import type { Filters } from "../../src/review/client";
import { counted } from "../../src/review/counted";
import type { Bin } from "../../src/review/cutoff";

const bin = (at: number, waiting: number, sure = 0): Bin => ({
  at,
  waiting,
  sure,
  dropped: 0,
  expected: waiting * at,
  yes: 0,
  no: 0,
  lot_yes: 0,
  lot_no: 0,
});

const answers = { right: 0, all: 0, low: null, high: null };

test.each([
  ["", "", "", 1, 9],
  ["3", "", "", 2, 30],
  ["", "4", "", 2, 30],
  ["", "", "5", 2, 30],
])(
  "class %j, run %j, import %j: %i questions, %i wait everywhere",
  async (label, run, batch, questions, everywhere) => {
    const asked: Filters[] = [];
    const client = {
      counts: (filters: Filters) => {
        asked.push(filters);
        const all = questions === 2 && filters.class + filters.run + filters.batch === "";
        return Promise.resolve({ bins: all ? [bin(0.5, 30)] : [bin(0.2, 4), bin(0.95, 5, 2)], answers });
      },
    };
    const found = await counted(client, { class: label, run, batch, state: "pending", ordering: "" });
    expect(asked).toHaveLength(questions);
    expect(found).toMatchObject({ total: 9, sure: 2, everywhere, answers });
  },
);
