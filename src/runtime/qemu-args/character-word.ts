import { type KeyValue, parseKeyValues } from '../../formats/key-value.ts';

/**
 * The parts of one word in the old syntax of character devices, by the names that `-chardev` has for them:
 * `tcp::1,logfile=/x` is backend=socket,logfile=/x. Follows qemu_chr_parse_compat in chardev/char.c; a later `backend=`
 * counts there as well. Options that today's QEMU ignores or refuses are read all the same.
 */
export function parseCharacterWord(word: string): KeyValue[] {
  const device = word.startsWith('mon:') ? word.slice('mon:'.length) : word;
  // The name of another character device.
  if (device.startsWith('chardev:')) return [];
  for (const [pattern, parse] of syntaxes) {
    const found = pattern.exec(device);
    if (found !== null) return parse(found[1] ?? '', device.slice(found[0].length));
  }
  return [{ key: '', value: device }];
}

type Parse = (name: string, rest: string) => KeyValue[];

const syntaxes: readonly (readonly [RegExp, Parse])[] = [
  [/^(file|pipe|pty):/, (backend, path) => [backendPart(backend), { key: 'path', value: path }]],
  [/^unix:/, (_, rest) => [backendPart('socket'), ...parseOptions(rest, 'path')]],
  // Host and port, as sscanf takes them: a host may hold commas.
  [/^(?:tcp|telnet|tn3270|websocket):[^:]*:[^,]+,?/, (_, rest) => socketParts(rest)],
  [/^(udp):[^:]*:[^,]+,?/, backendParts],
  [/^(null|none|stdio|pty|msmouse|wctablet|braille|testdev)(?:,|$)/, backendParts],
  [/^(vc)(?::[^,]*)?(?:,|$)/, backendParts],
  [
    /^(?=\/dev\/p(?:arport|pi))/,
    (_, path) => [backendPart('parallel'), { key: 'path', value: path }],
  ],
  [/^(?=\/dev\/)/, (_, path) => [backendPart('serial'), { key: 'path', value: path }]],
];

function socketParts(rest: string): KeyValue[] {
  return backendParts('socket', rest);
}

function backendParts(backend: string, rest: string): KeyValue[] {
  return [backendPart(backend), ...parseOptions(rest, null)];
}

function backendPart(backend: string): KeyValue {
  return { key: 'backend', value: backend };
}

function parseOptions(text: string, impliedKey: string | null): KeyValue[] {
  return parseKeyValues(text, { impliedKey, flags: true });
}
