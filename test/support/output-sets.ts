import type { OutputFile } from '../../src/host/output/output-files.ts';

/** A small set with a manifest as `provision generate` writes it; each file holds its name. */
export function outputOf(...names: readonly string[]): readonly OutputFile[] {
  const generator = { name: 'provision generate' };
  const manifest = JSON.stringify({ generator, files: names.map((name) => ({ name })) });
  const files = names.map((name) => ({ name, mode: '0644', text: name }));
  return [...files, { name: 'manifest.json', mode: '0644', text: manifest }];
}
