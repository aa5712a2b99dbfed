/** Sockets with a path on which somebody listens, by inode number of the socket itself, as /proc/net/unix has them. */
export function parseListening(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(line)].filter(([, flags]) => isListening(flags));
  return new Map(found.map(([, , inode = '', path = '']) => [inode, path]));
}

// Num: RefCount Protocol Flags Type St Inode Path; an abstract name begins with @.
const line =
  /^[0-9A-Fa-f]+: [0-9A-Fa-f]+ [0-9A-Fa-f]+ ([0-9A-Fa-f]+) [0-9A-Fa-f]+ [0-9A-Fa-f]+ +(\d+) ([^@].*)$/gm;

/** __SO_ACCEPTCON of linux/net.h. */
function isListening(flags = ''): boolean {
  return (Number.parseInt(flags, 16) & 0x10000) !== 0;
}
