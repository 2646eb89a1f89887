// How many suggestions wait, within the filters and everywhere, and what people answered there.
import type { Answers, Client, Filters } from "./client";
import type { Bin } from "./cutoff";

export interface CountedAnswers {
  readonly bins: readonly Bin[];
  readonly answers: Answers | null;
  readonly total: number;
  readonly sure: number;
  readonly everywhere: number;
}

/** Asks once more without class, run and import where the filters name one. */
export async function counted(client: Pick<Client, "counts">, filters: Filters): Promise<CountedAnswers> {
  const narrow = filters.class !== "" || filters.run !== "" || filters.batch !== "";
  const [{ bins, answers }, all] = await Promise.all([
    client.counts(filters),
    narrow ? client.counts({ ...filters, class: "", run: "", batch: "" }) : null,
  ]);
  const sum = (of: "waiting" | "sure", from = bins): number => from.reduce((total, bin) => total + bin[of], 0);
  return { bins, answers, total: sum("waiting"), sure: sum("sure"), everywhere: sum("waiting", all?.bins ?? bins) };
}
