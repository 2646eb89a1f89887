// A websocket that comes back by itself and asks for what it missed.
import { at } from "./address";

export interface Live {
  /** Says something to the server; nothing while the connection is broken. */
  say(message: unknown): void;
  close(): void;
}

interface Options<T> {
  readonly onMessage: (message: T) => void;
  readonly onOpen?: (again: boolean) => void;
  /** The connection broke; it will be tried again by itself. */
  readonly onClose?: () => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Listens on `path`; after a break it reconnects with ?since= the last seq it saw. */
export function listen<T extends { seq?: number }>(path: string, { onMessage, onOpen, onClose }: Options<T>): Live {
  let socket: WebSocket | null = null;
  let last: number | null = null;
  let wait = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let opened = 0;

  const connect = (): void => {
    const url = new URL(at(path), location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (last !== null) url.searchParams.set("since", String(last));
    socket = new WebSocket(url);
    socket.onopen = () => {
      wait = FIRST_WAIT_MS;
      onOpen?.(opened++ > 0);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as T;
      if (typeof message.seq === "number") last = message.seq;
      onMessage(message);
    };
    socket.onclose = () => {
      if (closed) return;
      onClose?.();
      timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
  };
  connect();
  return {
    say(message) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
