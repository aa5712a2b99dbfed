import { AppError } from '../errors.ts';

/** The capability sets of one process, as 16 hexadecimal digits each, in the form of /proc. */
export interface CapabilitySets {
  readonly inheritable: string;
  readonly permitted: string;
  readonly effective: string;
  readonly bounding: string;
  readonly ambient: string;
}

export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
}

/** What the kernel says of an open file; device and inode as decimal text, since they exceed 2^53. */
export interface FileFacts {
  readonly type: 'file' | 'directory' | 'block' | 'character' | 'fifo' | 'socket' | 'link';
  readonly device: string;
  readonly inode: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits with set-id and sticky, without the type. */
  readonly mode: number;
  readonly links: number;
  /** Which device a node stands for: `b7:0` or `c188:3`; null for everything else. */
  readonly node: string | null;
  /** Birth time in nanoseconds as decimal text, or null where the file system keeps none. */
  readonly birth: string | null;
  /** File handle as hexadecimal text, or null where the file system gives none. */
  readonly handle: string | null;
  readonly mountId: number | null;
}

/** What forbids a use of a file beside its mode and its list: flags of the file, and of the mount that it is found on. */
export interface FileRestrictions {
  readonly immutable: boolean;
  readonly appendOnly: boolean;
  readonly readOnly: boolean;
  readonly noExec: boolean;
  readonly noDevices: boolean;
}

/** A descriptor of this process, and its number in the program that is started. */
export type Placement = readonly [own: number, number: number];

/** What the kernel says of a network interface. */
export interface InterfaceFacts {
  readonly index: number;
  /** The index of the bridge that it is a port of; 0: of none. */
  readonly master: number;
  readonly mtu: number;
  readonly up: boolean;
  /** `bridge`, `tun` …; empty for a card. */
  readonly kind: string;
  /** Of kind `tun`: a tap and no tun. */
  readonly tap: boolean;
  readonly persistent: boolean;
  readonly multiQueue: boolean;
  /** Who may attach to it besides root. */
  readonly owner: number | null;
  readonly group: number | null;
}

export interface ExecuteRequest {
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly descriptors: readonly Placement[];
}

/** The whole native boundary. Every function throws a NativeError on failure. */
export interface Native {
  /** Reads the sets of a process through libcap-ng; 0 is the caller. */
  readCapabilities(pid: number): CapabilitySets;
  /** When the machine started, in seconds since 1970, as utmp has it; null where nobody has noted it. */
  bootRecord(): number | null;
  userByName(name: string): UserEntry | null;
  userById(uid: number): UserEntry | null;
  groupByName(name: string): GroupEntry | null;
  groupById(gid: number): GroupEntry | null;
  /** The groups that the name service gives `user`, with `gid` among them, ascending. */
  groupList(user: string, gid: number): number[];
  /** Opens (O_PATH) an absolute path component by component, refusing every step that somebody untrusted could have put there. At its end stands a device of the host (`isDevice`), else what stores something. */
  openTrusted(path: string, targetUid: number, isDevice: boolean): number;
  /** The same walk to a file or directory of the caller's own: nobody but root and the caller can decide what is found there. */
  openOwn(path: string): number;
  /** The walk to a directory in which something is then made or removed, whoever it belongs to. */
  openPlace(path: string, targetUid: number): number;
  /** Opens (O_PATH) a file by its handle, whatever it is named now, on the file system of `place`. ESTALE: it is deleted. */
  openByHandle(place: number, handle: string): number;
  /** Opens a path below a directory as if that were `/`: no link leads out. `flags` and `mode` as in open(2). */
  openBeneath(directory: number, path: string, flags: number, mode: number): number;
  /** Whether the file system of a path says anything of it, be it an error, in that time (ms). */
  answers(path: string, patience: number): boolean;
  inspect(descriptor: number): FileFacts;
  /** fchownat(AT_EMPTY_PATH), then read back: throws unless the file now has this owner. */
  changeOwner(descriptor: number, uid: number, gid: number): void;
  /** An extended attribute of what bears the path (no link is followed); null when there is none or the file system has none. */
  readAttribute(path: string, name: string): Buffer | null;
  /** For what bears the path (no link is followed); opens nothing. */
  readRestrictions(path: string): FileRestrictions;
  /** Gives `to` the extended attributes of `from`, lists of access among them, no more and no less; what is bound to the old content (hashes, capabilities) stays behind. */
  copyAttributes(from: number, to: number): void;
  /** Every extended attribute of an open file, lists of access among them, but for what is bound to its content. */
  readAttributes(descriptor: number): Readonly<Record<string, Buffer>>;
  /** One of them; null when there is none of this name, or the file system has none. */
  readOpenAttribute(descriptor: number, name: string): Buffer | null;
  writeAttribute(descriptor: number, name: string, value: Buffer): void;
  removeAttribute(descriptor: number, name: string): void;
  /** Takes an exclusive flock; false when somebody else holds it. */
  tryLock(descriptor: number): boolean;
  /** The same with fcntl's lock, as lckpwdf(3) takes it on /etc/.pwd.lock. */
  tryRecordLock(descriptor: number): boolean;
  /** A shared one on the byte that libvirt locks for itself alone while it changes an owner. */
  tryMetadataLock(descriptor: number): boolean;
  /** A memfd with these bytes, sealed against every change. */
  sealedMemory(name: string, bytes: Uint8Array): number;
  /** A close-on-exec pipe: [read end, write end]. */
  pipe(): [number, number];
  /** A network interface by its name; null when there is none. */
  readInterface(name: string): InterfaceFacts | null;
  /** Sets an interface up, before that as a port of a bridge (empty: none) with the MTU of that. */
  attachInterface(name: string, bridge: string): void;
  /** Opens /dev/net/tun for a tap; `flags` of TUNSETIFF; `%d` in the name is the kernel's to choose. */
  openTap(name: string, flags: number): { readonly descriptor: number; readonly name: string };
  /** Lets the tap of this descriptor stay, for that user to attach to. */
  keepTap(descriptor: number, owner: number): void;
  removeInterface(index: number): void;
  /** A socket that listens under a plain name in a directory, 0600 of the caller; EADDRINUSE when something stands there. */
  listenIn(directory: number, name: string): number;
  /** sd_notify(3): tells whoever listens at that path, or abstract name after `@`. */
  notify(socket: string, text: string): void;
  /** Starts a child with these descriptors; every other one is closed. */
  spawn(request: ExecuteRequest): { readonly pid: number; readonly pidfd: number };
  /** Replaces this process, which keeps 0, 1 and 2; returns only by throwing: EINTR when a watched signal has arrived before. */
  execute(request: ExecuteRequest): never;
  /** From now on TERM, INT, HUP, QUIT, USR1, USR2 and WINCH do not end this process. */
  watchSignals(): void;
  /** The last of those that arrived (never WINCH); 0 for none. */
  caughtSignal(): number;
  /** A descriptor of a running process, whoever started it: ESRCH when there is none of this pid. */
  openProcess(pid: number): number;
  /** Waits until that process has ended: false when the time (ms) is over first. */
  awaitEnd(pidfd: number, timeout: number): boolean;
  /**
   * Connects to the socket at this very path, no link followed, if it belongs to `owner` and process `listener` listens
   * on it (0: whoever does); reads and writes on it end after `timeout` (ms) with EAGAIN.
   */
  connectSocket(path: string, owner: number, listener: number, timeout: number): number;
  sendSignal(pidfd: number, signal: number): void;
  /** Reaps a child: its exit status (128+N for signal N), or null when the time (ms) is over first. */
  waitFor(pidfd: number, timeout: number): number | null;
  /** Landlock's ABI that this kernel speaks; 0 where there is none. */
  landlockVersion(): number;
}

/** A failed call in Node's own shape, with the path component it failed on. */
export interface NativeError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
  /** For a step of `openTrusted` that is refused: why, in words. */
  readonly reason?: string;
}

/** Loads the addon from exactly this path: nothing is searched, no environment variable is asked. */
export function loadNative(path: string): Native {
  const holder: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(holder as NodeJS.Module, path);
  } catch (cause) {
    throw new AppError('VP_MISSING_TOOL', `cannot load the native part ${path}`, {
      cause,
      path,
      hint: 'build it with `npm run build`, or reinstall the package',
    });
  }
  return holder.exports as Native;
}

export function isNativeError(error: unknown): error is NativeError {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
