// Moments as people say them.

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * <time data-when> in the reader's zone: relative while it is recent. An option holds text alone: `data-was` says which
 * part of it is the moment.
 */
export function showTimes(): void {
  const language = document.documentElement.lang;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-when]")) {
    const at = new Date(element.dateTime);
    const age = (Date.now() - at.getTime()) / 1000;
    element.title = full.format(at);
    const step = STEPS.find(([, size]) => Math.abs(age) >= size);
    if (Math.abs(age) > 6 * 86_400) element.textContent = day.format(at);
    else element.textContent = step ? relative.format(-Math.round(age / step[1]), step[0]) : gettext("just now");
  }
  for (const option of document.querySelectorAll<HTMLOptionElement>("option[data-when]")) {
    option.text = option.text.replace(option.dataset.was!, full.format(new Date(option.dataset.when!)));
    option.removeAttribute("data-when");
  }
}
