import { afterEach, expect, test, vi } from "vitest";
import { ApiError, isPassing, request } from "../../src/lib/api";

afterEach(() => vi.unstubAllGlobals());

test.each([
  [503, { "Retry-After": "2" }, 2000],
  [429, { "Retry-After": "0" }, 0],
  [503, {}, null],
  [503, { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" }, null],
])("status %i with %j asks to wait %s ms", async (status, headers, expected) => {
  const answer = new Response('{"detail": "busy", "code": "busy"}', { status, headers });
  vi.stubGlobal("document", { cookie: "" });
  vi.stubGlobal("fetch", () => Promise.resolve(answer));
  const error = await request("GET", "/api/").catch((found: unknown) => found);
  expect(error).toBeInstanceOf(ApiError);
  const { retryAfterMs, code } = error as ApiError;
  expect([retryAfterMs, code, isPassing(error)]).toEqual([expected, "busy", true]);
});
