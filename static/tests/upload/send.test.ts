import { expect, test } from "vitest";
import { send, type Reply } from "../../src/upload/send";

const OK = { added: [], problems: [], imports: [] };
const reply = (status: number, retryAfter: number | null = null, body: unknown = null): Reply => ({
  status,
  retryAfter,
  body: status === 200 ? OK : body,
});

async function trial(replies: Reply[], stopAfter = Infinity) {
  const stop = new AbortController();
  const pauses: number[] = [];
  const waits: number[] = [];
  let posts = 0;
  const post = () => {
    posts += 1;
    return Promise.resolve(replies.shift() ?? reply(200));
  };
  const pause = (ms: number) => {
    pauses.push(ms);
    if (pauses.length >= stopAfter) stop.abort();
    return Promise.resolve();
  };
  const sending = { onSent: () => undefined, onWait: (s: number) => void waits.push(s), signal: stop.signal };
  const outcome = await send("/", [], sending, post, pause).catch((error: unknown) => (error as Error).message);
  return { outcome, posts, pauses, waits };
}

test("a server that is away for a moment is asked again, ever more slowly", async () => {
  expect(await trial([reply(503), reply(0)])).toEqual({ outcome: OK, posts: 3, pauses: [2000, 4000], waits: [] });
});

test.each([
  [0, null, "The server cannot be reached."],
  [502, null, "The server answered 502."],
  [503, { detail: "Busy." }, "Busy."],
])("after four tries %s is a sentence", async (status, body, sentence) => {
  const { outcome, posts } = await trial(Array.from({ length: 9 }, () => reply(status, null, body)));
  expect([outcome, posts]).toEqual([sentence, 4]);
});

test.each([400, 403, 404, 413])("%s is final", async (status) => {
  const { outcome, posts } = await trial([reply(status, null, { detail: "No." })]);
  expect([outcome, posts]).toEqual(["No.", 1]);
});

test("where the server says when, it is asked as often as it takes, and says so", async () => {
  const { outcome, posts, pauses, waits } = await trial(Array.from({ length: 7 }, () => reply(429, 40)));
  expect([outcome, posts]).toEqual([OK, 8]);
  expect(pauses).toEqual(Array(7).fill(40_000));
  expect(waits.slice(0, 2)).toEqual([40, 0]);
});

test("who stops during a wait sends nothing more", async () => {
  const { posts, outcome } = await trial([reply(429, 40), reply(429, 40)], 1);
  expect([posts, outcome]).toEqual([1, "The server answered 429."]);
});
