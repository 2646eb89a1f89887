import { expect, it } from "vitest";
import { bellText } from "../../src/parts/bell";

it.each([
  [0, "", "Notifications"],
  [1, "1", "Notifications: 1 unread"],
  [100, "99+", "Notifications: 99+ unread"],
])("%i unread", (unread, count, label) => {
  expect(bellText(unread)).toEqual({ count, label });
});
