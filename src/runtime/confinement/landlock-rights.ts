/** Landlock's rights on files by their bit (linux/landlock.h), and the ABI that brought each. */
export const right = {
  execute: 1 << 0,
  writeFile: 1 << 1,
  readFile: 1 << 2,
  readDirectory: 1 << 3,
  removeDirectory: 1 << 4,
  removeFile: 1 << 5,
  makeCharacter: 1 << 6,
  makeDirectory: 1 << 7,
  makeFile: 1 << 8,
  makeSocket: 1 << 9,
  makePipe: 1 << 10,
  makeBlock: 1 << 11,
  makeLink: 1 << 12,
  refer: 1 << 13,
  truncate: 1 << 14,
  deviceControl: 1 << 15,
} as const;

/** The newest ABI that the tests of this program have seen; a later kernel is used as far as this. */
export const testedAbi = 7;
/** Below it a file that may be read may be emptied too. */
export const leastAbi = 3;

const tcp = 0b11;
const scopes = 0b11;
/** LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON: what QEMU is denied goes to the audit log. */
const logAfterExec = 1 << 1;

export interface HandledRights {
  readonly files: number;
  readonly ports: number;
  /** Abstract sockets and signals. */
  readonly scopes: number;
  readonly flags: number;
}

/** What a kernel of this ABI can deny; TCP only where it is asked for. */
export function handledRights(abi: number, withTcp: boolean): HandledRights {
  if (abi === 0) return { files: 0, ports: 0, scopes: 0, flags: 0 };
  const newest = abi >= 5 ? 15 : abi >= 3 ? 14 : abi >= 2 ? 13 : 12;
  return {
    files: 2 ** (newest + 1) - 1,
    ports: withTcp && abi >= 4 ? tcp : 0,
    scopes: abi >= 6 ? scopes : 0,
    flags: abi >= 7 ? logAfterExec : 0,
  };
}

/** Those that mean something on a file that is no directory; the kernel refuses the others there. */
export const fileRights =
  right.execute | right.writeFile | right.readFile | right.truncate | right.deviceControl;

export const readRights = right.readFile | right.readDirectory;
export const writeRights = right.writeFile | right.truncate;
/** To make and remove plain files in a directory. */
export const holdRights = readRights | writeRights | right.makeFile | right.removeFile;
/** A tree that is handed over whole: everything but programs and device nodes. */
export const treeRights =
  holdRights |
  right.removeDirectory |
  right.makeDirectory |
  right.makeSocket |
  right.makePipe |
  right.makeLink |
  right.refer;
