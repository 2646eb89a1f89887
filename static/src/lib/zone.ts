// The reader's time zone, told to the server by a cookie: its days are the report's.

const YEAR_S = 365 * 24 * 3600;

/** Loads the page once more where the server did not know the zone; without cookies it stays as it is. */
export function tellZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || kept() === zone) return;
  document.cookie = `zone=${zone}; path=/; max-age=${YEAR_S}; samesite=lax`;
  if (kept() === zone) location.reload();
}

function kept(): string | undefined {
  return /(?:^|;\s*)zone=([^;]+)/.exec(document.cookie)?.[1];
}
