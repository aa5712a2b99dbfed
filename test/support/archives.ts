import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './scratch.ts';

/** An npm package that the package of the programs bundles. */
export interface Vendored {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

interface ArchivesScript {
  makeArchives(out: string, options?: { readonly target?: string }): Promise<readonly string[]>;
}

interface VendoredScript {
  readVendored(root: string): readonly Vendored[];
  bundledProvides(vendored: readonly Vendored[]): readonly string[];
  bundledLicence(vendored: readonly Vendored[], own: string): string;
  licenceTable(vendored: readonly Vendored[]): string;
}

/** The scripts behind `npm run dist`, as typed values; `root` is a copy of the project. */
export async function loadArchives(root = projectRoot): Promise<ArchivesScript> {
  return await import(scriptUrl(root, 'archives.mjs'));
}

export async function loadVendored(): Promise<VendoredScript> {
  return await import(scriptUrl(projectRoot, 'vendored.mjs'));
}

function scriptUrl(root: string, name: string): string {
  return pathToFileURL(join(root, 'scripts', name)).href;
}

let made: Promise<string> | undefined;

/** The directory of everything that rpmbuild takes, made once for all tests of a file. */
export function sharedArchives(): Promise<string> {
  made ??= makeShared();
  return made;
}

async function makeShared(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'virt-privileges-archives-'));
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  const { makeArchives } = await loadArchives();
  await makeArchives(out);
  return out;
}
