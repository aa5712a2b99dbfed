import { writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type ImageRules, inspectImages } from '../../src/runtime/images/chain.ts';
import type { AllowedPath } from '../../src/runtime/qemu-args/allowed.ts';
import { parseQemuArguments } from '../../src/runtime/qemu-args/parse.ts';
import { backingFormat, dataFile, type Qcow2Header, qcow2 } from './image-headers.ts';
import { words } from './qemu-args.ts';
import { makeScratch } from './scratch.ts';

export interface Chain {
  /** `/x disk rw`, without the test's own directory. */
  readonly paths: readonly string[];
  /** `code message`, the same. */
  readonly findings: readonly string[];
}

export interface Grants {
  readonly allowed?: readonly AllowedPath[];
  readonly named?: readonly string[];
}

/** What a command line opens in `directory` and what is said of its images; warnings of the arguments left out. */
export function chainOf(directory: string, line: string, grants: Grants = {}): Chain {
  const rules: ImageRules = { directory, allowed: [], named: [], ...grants };
  const { paths } = parseQemuArguments(words(line), { directory, allowed: rules.allowed });
  const inspected = inspectImages(paths, rules);
  const short = (text: string) => text.replaceAll(`${directory}/`, '');
  return {
    paths: inspected.paths.map(({ path, kind, access }) => short(`${path} ${kind} ${access}`)),
    findings: inspected.findings.map(({ code, message }) => short(`${code} ${message}`)),
  };
}

/** A qcow2 image over another one. */
export function overlay(name: string, format: string | null, more: Qcow2Header = {}): Buffer {
  const extensions = format === null ? [] : [{ magic: backingFormat, content: format }];
  return qcow2({ ...more, backing: name, extensions: [...extensions, ...(more.extensions ?? [])] });
}

/** A qcow2 image that keeps its data elsewhere. */
export function withData(name: string | null): Buffer {
  const extensions = name === null ? [] : [{ magic: dataFile, content: name }];
  return qcow2({ features: 4n, extensions });
}

/** A directory with these files; null: zeros. */
export function makeImages(
  context: TestContext,
  images: Readonly<Record<string, Buffer | null>>,
): string {
  const directory = makeScratch(context);
  for (const [name, bytes] of Object.entries(images)) {
    writeFileSync(`${directory}/${name}`, bytes ?? Buffer.alloc(65536));
  }
  return directory;
}

/** A writable disk of the format qcow2. */
export const drive = (name: string, more = '') =>
  `-drive file=${name},format=qcow2,if=virtio${more}`;
