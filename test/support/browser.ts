import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Connection, connect, type Value } from './debugging-pipe.ts';
import { needsReleases, releaseRoot, wordsInRoot } from './release-root.ts';

/** For a test's options: skipped, with the reason, where Debian's Chromium cannot be had. */
export function needsBrowser(): { readonly skip: false | string } {
  return needsReleases('trixie-chromium');
}

/** A tab of a headless Chromium. Source of all names: the Chrome DevTools Protocol. */
export interface Tab {
  /** Shows this text as a file of its own. */
  readonly show: (html: string) => Promise<void>;
  readonly send: <T extends object = Value>(method: string, parameters?: Value) => Promise<T>;
  /** The value of an expression in the page; scripts of the page itself may be off. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** Every address that was asked for so far. */
  readonly requests: () => readonly string[];
  /** What the browser has complained about so far. */
  readonly complaints: () => readonly string[];
}

/**
 * Starts Debian's Chromium in its own root, without a network, and opens a tab; it ends with the test.
 * It is talked to through two pipes, so that nobody else can.
 */
export async function openTab(context: TestContext): Promise<Tab> {
  const root = releaseRoot(context, 'trixie-chromium');
  const connection = connect(startBrowser(context, root));
  const { targetId } = await connection.call<{ targetId: string }>('Target.createTarget', {
    url: 'about:blank',
  });
  const target = { targetId, flatten: true };
  const { sessionId } = await connection.call<{ sessionId: string }>(
    'Target.attachToTarget',
    target,
  );
  return prepareTab(root, connection, sessionId);
}

// Root has no sandbox in a chroot; what is shown is the project's own page.
const words = [
  ...['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe'],
  ...[
    '--hide-scrollbars',
    '--no-first-run',
    '--user-data-dir=/tmp/profile',
    '--force-device-scale-factor=1',
  ],
];

function startBrowser(context: TestContext, root: string): ChildProcess {
  const [program = '', ...args] = wordsInRoot(root, words);
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp', LC_ALL: 'C.UTF-8' };
  const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
  const browser = spawn(program, args, { cwd: '/', env, stdio: [...stdio] });
  context.after(async () => {
    const ended = once(browser, 'exit');
    if (browser.kill('SIGKILL')) await ended;
  });
  return browser;
}

async function prepareTab(root: string, connection: Connection, session: string): Promise<Tab> {
  const requests: string[] = [];
  const complaints: string[] = [];
  let loaded = () => {};
  connection.on(({ method, params = {} }) => {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Network.requestWillBeSent')
      requests.push((params['request'] as { url: string }).url);
    if (method === 'Log.entryAdded') complaints.push((params['entry'] as { text: string }).text);
  });
  const send: Tab['send'] = (method, parameters) => connection.call(method, parameters, session);
  for (const domain of ['Page', 'Network', 'Runtime', 'Accessibility', 'Log'])
    await send(`${domain}.enable`);
  const show = async (html: string) => {
    writeFileSync(join(root, 'tmp/page.html'), html);
    const isLoaded = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    await send('Page.navigate', { url: 'file:///tmp/page.html' });
    await isLoaded;
  };
  return {
    show,
    send,
    evaluate: (expression) => evaluate(send, expression),
    requests: () => requests,
    complaints: () => complaints,
  };
}

async function evaluate<T>(send: Tab['send'], expression: string): Promise<T> {
  const parameters = { expression, returnByValue: true, awaitPromise: true };
  const { result, exceptionDetails } = await send<{
    result: { value: T };
    exceptionDetails?: object;
  }>('Runtime.evaluate', parameters);
  if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}
