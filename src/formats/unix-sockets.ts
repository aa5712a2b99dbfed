/**
 * Sockets with a path on which somebody listens, as /proc/net/unix has them: inode number of the socket itself, path.
 * A path may hold a line feed, and so pretend to be a line of another socket: an inode may come twice.
 */
export function parseListening(text: string): readonly (readonly [inode: string, path: string])[] {
  const found = [...text.matchAll(line)].filter(([, flags]) => isListening(flags));
  return found.map(([, , inode = '', path = '']) => [inode, path]);
}

// Num: RefCount Protocol Flags Type St Inode Path; an abstract name begins with @.
const line =
  /^[0-9A-Fa-f]+: [0-9A-Fa-f]+ [0-9A-Fa-f]+ ([0-9A-Fa-f]+) [0-9A-Fa-f]+ [0-9A-Fa-f]+ +(\d+) ([^@].*)$/gm;

/** __SO_ACCEPTCON of linux/net.h. */
function isListening(flags = ''): boolean {
  return (Number.parseInt(flags, 16) & 0x10000) !== 0;
}
