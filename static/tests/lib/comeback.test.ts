import { expect, test, vi } from "vitest";
import { askAnewOnReturn } from "../../src/lib/comeback";

test.each([
  [true, 1],
  [false, 0],
])("a page that comes from the browser's memory (%s) asks anew", (persisted, times) => {
  const page = new EventTarget();
  const reload = vi.fn();
  askAnewOnReturn(page, reload);
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
  expect(reload).toHaveBeenCalledTimes(times);
});
