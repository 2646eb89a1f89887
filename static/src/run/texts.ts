// Durations, sizes and the names of stages and settings, in the reader's language.

export function duration(seconds: number): string {
  if (seconds < 10) return interpolate(gettext("%s s"), [seconds.toFixed(1)]);
  if (seconds < 60) return interpolate(gettext("%s s"), [Math.round(seconds)]);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return interpolate(gettext("%s min %s s"), [minutes, Math.round(seconds % 60)]);
  return interpolate(gettext("%s h %s min"), [Math.floor(minutes / 60), minutes % 60]);
}

/** An estimate says no more than it knows. */
export function remaining(seconds: number): string {
  if (seconds < 5) return gettext("a few seconds left");
  if (seconds < 60) return interpolate(gettext("about %s s left"), [Math.ceil(seconds / 5) * 5]);
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return interpolate(ngettext("about %s min left", "about %s min left", minutes), [minutes]);
  return interpolate(gettext("about %s h left"), [Math.round(minutes / 60)]);
}

export function megabytes(mb: number): string {
  return mb >= 1000 ? `${(mb / 1024).toFixed(1)} GB` : `${Math.round(mb)} MB`;
}

export function fileSize(bytes: number): string {
  return bytes >= 1_000_000 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`;
}

export function stageName(name: string): string {
  const words: Record<string, string> = {
    prepare: gettext("Prepare"),
    source: gettext("Search"),
    verify: gettext("Verify"),
    relearn: gettext("Learn again"),
    train: gettext("Train"),
    suggest: gettext("Suggest"),
    detect: gettext("Detect"),
    store: gettext("Store"),
  };
  return words[name] ?? name;
}

/** What the run does now, as a sentence; a screen reader says it when it changes. */
export function stageLine(name: string): string {
  const words: Record<string, string> = {
    prepare: gettext("Reading images and boxes"),
    source: gettext("Looking for places where it may be"),
    verify: gettext("Comparing each place with your boxes"),
    relearn: gettext("Learning from the surest finds"),
    train: gettext("Training a detector"),
    suggest: gettext("Choosing what to suggest"),
    detect: gettext("Detecting"),
    store: gettext("Storing the suggestions"),
  };
  return words[name] ?? name;
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${Math.round(value * 100)}%`;
}
