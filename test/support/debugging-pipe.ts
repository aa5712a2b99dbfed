import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export type Value = Readonly<Record<string, unknown>>;

/** A browser that is talked to. Source of all names: the Chrome DevTools Protocol. */
export interface Connection {
  /** Asks and waits for the answer; rejects with the browser's words, or when it has ended. */
  readonly call: <T extends object>(
    method: string,
    parameters?: Value,
    session?: string,
  ) => Promise<T>;
  /** Has every event told from now on. */
  readonly on: (listen: (event: Message) => void) => void;
}

/** What comes from the browser: an answer, which bears the number of its question, or an event. */
export interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Value;
  readonly result?: object;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (result: object) => void;
  readonly reject: (error: Error) => void;
}

/** Talks to a browser that reads from its descriptor 3 and writes to 4 (`--remote-debugging-pipe`). */
export function connect(browser: ChildProcess): Connection {
  const [, , , input, output] = browser.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, Waiting>();
  const listeners: ((event: Message) => void)[] = [];
  const endAll = () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser has ended'));
  };
  browser.once('exit', endAll);
  input.on('error', endAll);
  readMessages(output, (message) => {
    const { id, result = {}, error } = message;
    if (id === undefined) for (const listen of listeners) listen(message);
    else if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error.message));
  });
  const call = (method: string, params: Value = {}, sessionId?: string) =>
    new Promise<object>((resolve, reject) => {
      const id = waiting.size + 1;
      waiting.set(id, { resolve, reject });
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  return { call: call as Connection['call'], on: (listen) => listeners.push(listen) };
}

// A message ends with a zero byte; a picture comes in many parts.
function readMessages(output: Readable, take: (message: Message) => void): void {
  let parts: readonly string[] = [];
  output.setEncoding('utf8').on('data', (part: string) => {
    parts = [...parts, part];
    if (!part.includes('\0')) return;
    const messages = parts.join('').split('\0');
    parts = messages.slice(-1);
    for (const message of messages.slice(0, -1)) take(JSON.parse(message));
  });
}
