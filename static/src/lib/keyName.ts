// Names of pressed keys, the same on every keyboard layout.

/**
 * "ctrl+shift+z", "a", "?", "arrowleft": by letter where there is one, by place on the board where a Korean (or other)
 * layout is on.
 */
export function keyName(event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey">): string {
  const placed = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  const latin = event.key.length > 1 || /^[\x20-\x7e]$/.test(event.key);
  const key = (latin && event.key !== "Process" ? event.key : (placed ?? event.key)).toLowerCase();
  const named = key.length > 1 || /[a-z]/.test(key);
  const shift = event.shiftKey && named && !key.startsWith("arrow") ? "shift+" : "";
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${shift}${key}`;
}
