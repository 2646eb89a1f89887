// What every page does: theme, menus, toasts, dialogs, local times, and the small helpers that forms ask for by
// attribute.
import { startBell } from "../parts/bell";
import { startChips } from "../parts/chips";
import { startDialogs } from "../parts/dialogs";
import { startTheme } from "../parts/theme";
import { askAnewOnReturn } from "../lib/comeback";
import { toast } from "../lib/toast";
import { showTimes } from "../parts/times";

function startMenus(): void {
  const open = (): HTMLDetailsElement[] => [...document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")];
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

/** Messages of the server: success goes away by itself, the rest stays until it is read. */
function startToasts(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-toast]")) {
    element.querySelector("[data-dismiss]")?.addEventListener("click", () => element.remove());
    if (element.matches(".toast-success, .toast-info")) setTimeout(() => element.remove(), 7000);
  }
}

function startCopy(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.addEventListener("click", () => {
      const source = document.querySelector<HTMLElement>(button.dataset.copy ?? "");
      if (source) void copy(source);
    });
  }
}

async function copy(source: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    toast(gettext("Copied."), "success");
  } catch {
    // No clipboard on plain http: select the text so that the person's own keys copy it.
    getSelection()?.selectAllChildren(source);
    toast(gettext("Press Ctrl+C to copy."));
  }
}

/** Of a list only the entries that hold the words, and those that are chosen. */
function narrow(list: string, words: string): void {
  const wanted = words.trim().toLocaleLowerCase();
  for (const entry of document.querySelectorAll<HTMLElement>(`${list} > *`)) {
    const chosen = entry.querySelector<HTMLInputElement>("input")?.checked ?? false;
    entry.hidden = !chosen && !entry.textContent.toLocaleLowerCase().includes(wanted);
  }
}

function startForms(): void {
  for (const control of document.querySelectorAll<HTMLSelectElement>("[data-submit]"))
    control.addEventListener("change", () => control.form?.requestSubmit());
  for (const range of document.querySelectorAll<HTMLInputElement>("input[type=range][data-output]")) {
    const output = document.querySelector<HTMLOutputElement>(range.dataset.output ?? "");
    const show = (): void => {
      if (output) output.value = (output.dataset.format ?? "%s").replace("%s", range.value);
    };
    range.addEventListener("input", show);
    show();
  }
  for (const search of document.querySelectorAll<HTMLInputElement>("input[data-narrows]"))
    search.addEventListener("input", () => {
      narrow(search.dataset.narrows ?? "", search.value);
    });
  // One press is enough: a second would start the same thing again.
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }, 4000);
  });
}

/** On a phone the project's tabs are wider than the screen: the current one comes into sight. */
function startTabs(): void {
  const tabs = document.querySelector<HTMLElement>(".tabs");
  const current = tabs?.querySelector<HTMLElement>("[aria-current]");
  if (tabs && current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
}

document.documentElement.classList.add("scripted");
startTheme();
startTabs();
startMenus();
askAnewOnReturn(window, () => location.reload());
startToasts();
startDialogs();
startChips();
startCopy();
showTimes();
startForms();
startBell();
