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

const TRIES = 4;
const PASSING = new Set([0, 429, 500, 502, 503, 504]);

/** Sends `files`, again after a moment where the network or the server is away for a while. Rejects with a sentence. */
export async function send(
  url: string,
  files: readonly File[],
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, body } = await once(url, files, onSent, signal);
    if (status === 200) return body as Answer;
    if (signal.aborted || attempt === TRIES || !PASSING.has(status)) throw new Error(sentence(status, body));
    await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt));
  }
}

function sentence(status: number, body: unknown): string {
  const detail = (body as { detail?: unknown } | null)?.detail;
  if (typeof detail === "string") return detail;
  if (status === 0) return gettext("The server cannot be reached.");
  return interpolate(gettext("The server answered %s."), [status]);
}

function once(
  url: string,
  files: readonly File[],
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve) => {
    const form = new FormData();
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
      resolve({ status: request.status, body });
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
