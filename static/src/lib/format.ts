// Numbers as people read them: durations, sizes, shares, in the reader's language.

export function duration(seconds: number): string {
  if (seconds < 9.95) return interpolate(gettext("%s s"), [seconds.toFixed(1)]);
  const whole = Math.round(seconds); // first, or 179.7 s would be 2 min 60 s
  if (whole < 60) return interpolate(gettext("%s s"), [whole]);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return interpolate(gettext("%s min %s s"), [minutes, whole % 60]);
  return interpolate(gettext("%s h %s min"), [Math.floor(minutes / 60), minutes % 60]);
}

/** Seconds of an estimate, to the minute from two minutes on; its sign is said elsewhere. As the server says it. */
export function roughly(seconds: number): string {
  const value = Math.abs(seconds);
  const minutes = Math.round(value / 60);
  if (minutes < 2) return interpolate(gettext("%s s"), [Math.round(value)]);
  if (minutes < 60) return interpolate(gettext("%s min"), [minutes]);
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

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${Math.round(value * 100)}%`;
}

/** How alike two pictures are: a cosine, which is no probability. */
export const similarity = (cosine: number): string => `≈ ${cosine.toFixed(2)}`;

/** How far a suggestion is believed: a probability, or its similarity to the box that was asked about. */
export function confidence({
  probability = 0,
  source,
}: {
  readonly probability?: number;
  readonly source?: string;
}): string {
  return source === "similar" ? similarity(probability) : percent(probability);
}
