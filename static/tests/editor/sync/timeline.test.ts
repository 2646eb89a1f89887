import { afterEach, expect, test, vi } from "vitest";
import { Timeline } from "../../../src/editor/sync/timeline";

afterEach(() => vi.unstubAllGlobals());

const answering = (answer: () => Promise<Response>): Timeline => {
  vi.stubGlobal("fetch", vi.fn(answer));
  vi.stubGlobal("document", { cookie: "", querySelector: () => null, documentElement: { dataset: {} } });
  return new Timeline(1);
};
const page = (): Promise<Response> => Promise.resolve(Response.json({ next: null, previous: null, results: [] }));

test("it loads until the first steps of an image are there, and not when they are renewed", async () => {
  const timeline = answering(page);
  const seen: boolean[] = [];
  timeline.watch(() => seen.push(timeline.loading));
  await timeline.load(7);
  await timeline.load(7);
  expect(seen).toEqual([true, false, false]);
});

test("where nothing comes it no longer loads", async () => {
  const timeline = answering(() => Promise.reject(new TypeError("away")));
  await expect(timeline.load(7)).rejects.toThrow("away");
  expect(timeline.loading).toBe(false);
});
