// A job on its way: its progress, and its page again when it has ended.
import { request } from "../lib/api";
import { need, setText } from "../lib/dom";

interface Job {
  readonly state: string;
  readonly done: number;
  readonly total: number;
}

const EVERY_MS = 1000;
const { url = "", of = "images" } = need("#job").dataset;

async function look(): Promise<void> {
  try {
    const job = await request<Job>("GET", url);
    if (job.state !== "queued" && job.state !== "running") return void location.reload();
    if (job.total > 0) {
      need<HTMLProgressElement>("#job-bar").value = (100 * job.done) / job.total;
      setText(
        need("#job-line"),
        interpolate(of === "boxes" ? gettext("%s of %s boxes") : gettext("%s of %s images"), [
          job.done.toLocaleString(),
          job.total.toLocaleString(),
        ]),
      );
    }
  } catch {
    // The next look may reach the server again.
  }
  setTimeout(() => void look(), EVERY_MS);
}

setTimeout(() => void look(), EVERY_MS);
