// A restore on its way: its progress, and its page again when it has ended.
import { request } from "../lib/api";
import { need, setText } from "../lib/dom";

interface Restore {
  readonly state: string;
  readonly done: number;
  readonly total: number;
}

const EVERY_MS = 1000;
const url = need("#restore").dataset.url ?? "";

async function look(): Promise<void> {
  try {
    const job = await request<Restore>("GET", url);
    if (job.state !== "queued" && job.state !== "running") return void location.reload();
    if (job.total > 0) {
      need<HTMLProgressElement>("#restore-bar").value = (100 * job.done) / job.total;
      setText(
        need("#restore-line"),
        interpolate(gettext("%s of %s images"), [job.done.toLocaleString(), job.total.toLocaleString()]),
      );
    }
  } catch {
    // The next look may reach the server again.
  }
  setTimeout(() => void look(), EVERY_MS);
}

setTimeout(() => void look(), EVERY_MS);
