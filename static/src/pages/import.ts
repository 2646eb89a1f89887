// One import: how far it is, and its page anew when it has come to the next step.
import { request } from "../lib/api";
import { need, pageData, setText } from "../lib/dom";

interface State {
  readonly state: string;
  readonly done: number;
  readonly total: number;
}

const POLL_MS = 1000;
const { api, live } = pageData<{ api: string; live: boolean }>();
let first = "";

async function look(): Promise<void> {
  const found = await request<State>("GET", api).catch(() => null); // away for a moment: the next answer says all
  if (found) {
    first ||= found.state;
    if (found.state !== first || !["reading", "importing", "undoing"].includes(found.state)) {
      location.reload();
      return;
    }
    const bar = need<HTMLProgressElement>("#import-bar");
    if (found.total > 0) bar.value = (100 * found.done) / found.total;
    setText(need("#import-count"), found.total > 0 ? `${found.done} / ${found.total}` : "");
  }
  setTimeout(() => void look(), POLL_MS);
}

if (live) void look();
