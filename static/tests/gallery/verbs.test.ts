import { afterEach, expect, it, vi } from "vitest";
import { remove } from "../../src/gallery/verbs";

afterEach(() => vi.unstubAllGlobals());

it.each([
  [7, ["/api/projects/3/bin/7/restore/"]],
  [null, []],
])("asks the project's bin for deleted images: %j", async (bin, addresses) => {
  const fetch = vi.fn<(address: string) => Promise<Response>>().mockResolvedValue(new Response("{}"));
  vi.stubGlobal("fetch", fetch);
  vi.stubGlobal("document", { cookie: "", querySelector: () => null });
  await remove().back("/api/projects/3/gallery/", { count: 2, bin });
  expect(fetch.mock.calls.map(([address]) => address)).toEqual(addresses);
});
