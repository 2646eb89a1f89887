// The bell in the header: how many notifications are unread, as it changes.
import { listen } from "../lib/socket";

export interface BellText {
  readonly count: string;
  readonly label: string;
}

const MOST = 99;

/** What the bell shows and says; no count where nothing is unread. */
export function bellText(unread: number): BellText {
  const title = gettext("Notifications");
  if (unread === 0) return { count: "", label: title };
  const count = unread > MOST ? `${MOST}+` : String(unread);
  return { count, label: `${title}: ${interpolate(ngettext("%s unread", "%s unread", unread), [count])}` };
}

export function startBell(): void {
  const bell = document.querySelector<HTMLElement>("[data-bell]");
  const badge = bell?.querySelector<HTMLElement>(".bell-count");
  if (!bell || !badge) return;
  listen<{ readonly seq?: number; readonly unread: number }>(`/ws/people/${bell.dataset.bell ?? ""}/notifications/`, {
    onMessage: ({ unread }) => {
      const { count, label } = bellText(unread);
      badge.textContent = count;
      badge.hidden = count === "";
      bell.setAttribute("aria-label", label);
    },
  });
}
