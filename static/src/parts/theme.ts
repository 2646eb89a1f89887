// Light or dark: the system decides until the person does; a cookie keeps the choice so that the first paint is right.

export type Theme = "light" | "dark" | "system";

const YEAR_S = 365 * 24 * 3600;
const dark = matchMedia("(prefers-color-scheme: dark)");

export function shade(): "light" | "dark" {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return dark.matches ? "dark" : "light";
}

/** What the cookie says, for pages that come without it in their markup. */
export function chosen(): Theme {
  const kept = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(document.cookie)?.[1];
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function choose(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") {
    delete root.dataset.theme;
    document.cookie = "theme=; path=/; max-age=0; samesite=lax";
  } else {
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
  }
  show();
}

/** Tells the page (icons, charts) which shade it is in. */
export function show(): void {
  document.documentElement.dataset.shade = shade();
  document.dispatchEvent(new CustomEvent("shade"));
}

export function startTheme(): void {
  show();
  dark.addEventListener("change", show);
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-switch]")) {
    button.hidden = false;
    button.addEventListener("click", () => choose(shade() === "dark" ? "light" : "dark"));
  }
  for (const radio of document.querySelectorAll<HTMLInputElement>("input[name=theme]")) {
    radio.checked = radio.value === (document.documentElement.dataset.theme ?? "system");
    radio.addEventListener("change", () => choose(radio.value as Theme));
  }
}
