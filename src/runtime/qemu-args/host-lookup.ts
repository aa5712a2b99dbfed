/**
 * What only the host can tell about the things that arguments name: the launcher reads it, tests make it up.
 * Every path is absolute; nothing here throws.
 */
export interface HostLookup {
  readonly exists: (path: string) => boolean;
  /** The names in a directory, in order; none where it cannot be read. */
  readonly list: (directory: string) => readonly string[];
  /** The last part of what a link leads to; null where there is no link. */
  readonly link: (path: string) => string | null;
  /** A directory of root's in which nobody else may make a file. */
  readonly isRootsOwn: (path: string) => boolean;
  /** The text of a small file of sysfs without its line end; null where it cannot be read. */
  readonly attribute: (path: string) => string | null;
}
