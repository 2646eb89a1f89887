// One way to speak to the API: JSON in and out, the CSRF header on every write, failures as types with data.
import { at } from "./address";

/** The server answered, and the answer is no. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly body: unknown,
    /** What a busy server asked for; null where it named nothing. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

/** No answer came: the network is away, or the server is. Trying again may help. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

function csrfToken(): string {
  const cookie = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  return cookie ?? document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** Browsers let 64 kB of all such requests together outlive a page. */
const KEEPALIVE_LIMIT = 48_000;

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Lets the request outlive the page, if it is small enough for that. */
  readonly keepalive?: boolean;
}

export async function request<T>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  url: string,
  options: RequestOptions = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
    if (options.keepalive && init.body.length < KEEPALIVE_LIMIT) init.keepalive = true;
  }
  if (options.signal) init.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(at(url), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  const body = await parsed(response);
  if (response.ok) return body as T;
  throw failure(response.status, body, response.headers.get("Retry-After"));
}

async function parsed(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => "");
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function failure(status: number, body: unknown, retryAfter: string | null): ApiError {
  const fields = (typeof body === "object" && body !== null ? body : {}) as { code?: unknown; detail?: unknown };
  const code = typeof fields.code === "string" ? fields.code : `http_${status}`;
  const detail = typeof fields.detail === "string" ? fields.detail : `HTTP ${status}`;
  const seconds = retryAfter === null ? NaN : Number(retryAfter);
  return new ApiError(status, code, detail, body, seconds >= 0 ? seconds * 1000 : null);
}

/** Worth trying again by itself: no answer, or a server that is busy or down. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof Unreachable ||
    (error instanceof ApiError && (error.status >= 500 || error.status === 408 || error.status === 429))
  );
}
