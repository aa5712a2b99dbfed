import { AppError } from '../../errors.ts';

/** PATH_MAX without the NUL, in bytes. */
const maximumLength = 4095;

/**
 * The absolute form of a path that QEMU, started in `directory`, gets as `text`. Doubled slashes and `.` go, and `..`
 * where the working directory, which has no links, answers it; a later `..` stays, since a link may come before it.
 * Throws VP_ARGUMENT_MALFORMED for what no file can be called.
 */
export function absolutePath(directory: string, text: string): string {
  if (text === '') throw new AppError('VP_ARGUMENT_MALFORMED', 'the file name is empty');
  if (Buffer.byteLength(text) > maximumLength) {
    throw new AppError('VP_ARGUMENT_MALFORMED', `a path is longer than ${maximumLength} bytes`);
  }
  const names = namesOf(text);
  if (text.startsWith('/')) return `/${names.join('/')}`;
  const up = names.findIndex((name) => name !== '..');
  const climbs = up === -1 ? names.length : up;
  const base = namesOf(directory);
  const kept = base.slice(0, Math.max(base.length - climbs, 0));
  return `/${[...kept, ...names.slice(climbs)].join('/')}`;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** What QEMU's block layer makes of a name that may bear a protocol prefix. */
export type FileName =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'network'; readonly socket: string | null }
  | { readonly kind: 'nothing' };

const network =
  /^(?:nbd|nbd\+tcp|nbds|nbds\+tcp|https?|ftps?|tftp|ssh|rbd|iscsi|iscsi\+.*|nfs|gluster|gluster\+(?:tcp|rdma)|sheepdog(?:\+tcp)?|vxhs)$/;
const socketUri = /^(?:nbd|nbds|gluster|sheepdog)\+unix$/;

/**
 * Splits a protocol off as block.c does: what stands before a colon, if no slash comes first.
 * Throws VP_ARGUMENT_UNKNOWN_PATH for a protocol that is not understood.
 */
export function parseFileName(text: string): FileName {
  const protocol = /^([^:/]*):/.exec(text)?.[1];
  if (protocol === undefined) return { kind: 'file', name: text };
  const rest = text.slice(protocol.length + 1);
  if (['file', 'host_device', 'host_cdrom'].includes(protocol)) return { kind: 'file', name: rest };
  if (['null-co', 'null-aio'].includes(protocol)) return { kind: 'nothing' };
  if (protocol === 'nbd' && rest.startsWith('unix:')) {
    return { kind: 'network', socket: rest.slice(5).replace(/:exportname=.*$/s, '') };
  }
  if (network.test(protocol)) return { kind: 'network', socket: null };
  if (socketUri.test(protocol)) return { kind: 'network', socket: parseSocketQuery(rest) };
  throw unknownProtocol(protocol);
}

function parseSocketQuery(uri: string): string {
  const encoded = /[?&]socket=([^&;]*)/.exec(uri)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // A stray percent sign: as good as no socket.
  }
  throw new AppError('VP_ARGUMENT_MALFORMED', 'a unix socket address needs ?socket=PATH');
}

/** The error about a name whose prefix may open what it does not show. */
export function unknownProtocol(protocol: string): AppError {
  return new AppError(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `file names that start with '${protocol}:' are not understood`,
    {
      hint: 'for a file of that name write ./ before it; else use -blockdev with a driver of its own',
    },
  );
}
