/** What QEMU may do with a TCP port, as Landlock's bits: listen and connect. */
export interface PortRule {
  readonly rights: number;
  readonly port: number;
}

const both = 0b11;
/** Each form in which an argument names a port; a display of VNC is a port from 5900 on. */
const forms: readonly (readonly [pattern: RegExp, base: number])[] = [
  [/\b(?:tls-|websocket-?|ws-)?port=(\d+)/g, 0],
  [/\bwebsocket=(\d+)/g, 0],
  [/\b(?:tcp|telnet|tn3270|websocket|nbd):[^:,]*:(\d+)/g, 0],
  [/:\/\/[^/,]*:(\d+)/g, 0],
  [/\bhostfwd=(?:tcp)?:[^:,]*:(\d+)-/g, 0],
  [/^(?:[\w.-]*|\[[^\]]*\]):(\d+)(?:,|$)/g, 5900],
];

/** The TCP ports that the command line names, for `--landlock-tcp`. */
export function planPorts(argv: readonly string[]): readonly PortRule[] {
  const ports = argv.flatMap((word) => {
    return forms.flatMap(([pattern, base]) =>
      [...word.matchAll(pattern)].map(([, digits]) => base + Number(digits)),
    );
  });
  const possible = [...new Set(ports)].filter((port) => port > 0 && port < 65536);
  return possible.map((port) => ({ rights: both, port }));
}
