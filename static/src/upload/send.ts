// One request with files; XMLHttpRequest, because fetch cannot say how far an upload is.
import { at } from "../lib/address";

export interface Problem {
  readonly file: string;
  readonly code: string;
  readonly detail: string;
}

export interface Answer {
  readonly added: readonly { readonly id: number; readonly name: string }[];
  readonly problems: readonly Problem[];
  readonly imports: readonly { readonly id: number; readonly name?: string }[];
}

export interface SendProgress {
  /** 0 to 1 of all bytes. */
  readonly onSent: (share: number) => void;
  /** The server asks to wait for so many seconds; 0 when that is over. */
  readonly onWait: (seconds: number) => void;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Seconds after which the server wants to be asked again, where it says so. */
  readonly retryAfter: number | null;
}

const TRIES = 4;
const TOO_MANY = 429;
const PASSING = new Set([0, TOO_MANY, 500, 502, 503, 504]);

/**
 * Sends `files`, again after a moment where the network or the server is away for a while, and as often as it takes
 * where
 * the server says when. Rejects with a sentence. `post` is one request, `pause` waits for milliseconds.
 */
export async function send(
  url: string,
  files: readonly File[],
  { onSent, onWait, signal }: SendProgress,
  post = once,
  pause: (ms: number, signal: AbortSignal) => Promise<void> = sleep,
): Promise<Answer> {
  const stopped = (): boolean => signal.aborted;
  for (let attempt = 1; ;) {
    const { status, body, retryAfter } = await post(url, files, onSent, signal);
    if (status === 200) return body as Answer;
    const reported = status === TOO_MANY && retryAfter !== null;
    if (stopped() || (!reported && attempt === TRIES) || !PASSING.has(status)) throw new Error(sentence(status, body));
    if (reported) onWait(retryAfter);
    else attempt += 1;
    await pause(reported ? 1000 * retryAfter : 500 * 2 ** attempt, signal);
    if (reported) onWait(0);
    if (stopped()) throw new Error(sentence(status, body));
  }
}

/** Over at once where the person stops. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export function sentence(status: number, body: unknown): string {
  const detail = (body as { detail?: unknown } | null)?.detail;
  if (typeof detail === "string") return detail;
  if (status === 0) return gettext("The server cannot be reached.");
  return interpolate(gettext("The server answered %s."), [status]);
}

/** One request: files, and fields of a form beside them. */
export function once(
  url: string,
  files: readonly File[],
  onSent: (share: number) => void,
  signal: AbortSignal,
  fields: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return new Promise((resolve) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const file of files) form.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", at(url));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent(event.loaded / event.total);
    };
    request.onloadend = () => {
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        /* not JSON: a proxy's page */
      }
      const seconds = parseInt(request.getResponseHeader("Retry-After") ?? "", 10);
      resolve({ status: request.status, body, retryAfter: Number.isNaN(seconds) ? null : seconds });
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
