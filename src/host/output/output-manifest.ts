import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const maximumBytes = 1024 * 1024;
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._+@-]*(\/[A-Za-z0-9_][A-Za-z0-9._+@-]*){0,3}$/;

/**
 * The files that an earlier run wrote into the directory, by its manifest; none without one of ours.
 * Anybody may have written the manifest: no name in it leads out of the directory.
 */
export function readManifestNames(directory: string): readonly string[] {
  try {
    const { generator, files } = JSON.parse(readPlainFile(join(directory, 'manifest.json')));
    if (generator.name !== 'provision generate') return [];
    return ['manifest.json', ...files.map((entry: { name: unknown }) => entry.name)].filter(isName);
  } catch {
    return [];
  }
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name);
}

// A pipe would never answer, /dev/zero never end.
function readPlainFile(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    return facts.isFile() && facts.size <= maximumBytes ? readFileSync(file, 'utf8') : '';
  } finally {
    closeSync(file);
  }
}
