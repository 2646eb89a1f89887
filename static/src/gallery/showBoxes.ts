// Whether boxes are drawn over the thumbnails: the person's choice, kept in the browser.
const KEY = "labelhub:gallery-boxes";

export function startShowBoxes(tick: HTMLInputElement, list: HTMLElement): void {
  const show = (): void => {
    list.classList.toggle("plain-pictures", !tick.checked);
  };
  try {
    tick.checked = localStorage.getItem(KEY) !== "no";
  } catch {
    // A browser that keeps nothing shows them.
  }
  tick.addEventListener("change", () => {
    show();
    try {
      localStorage.setItem(KEY, tick.checked ? "yes" : "no");
    } catch {
      // Then the choice holds for this page.
    }
  });
  show();
}
