// A page that the browser kept whole, and shows again on Back, shows what was: it asks anew.

export function askAnewOnReturn(page: EventTarget, reload: () => void): void {
  page.addEventListener("pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) reload();
  });
}
