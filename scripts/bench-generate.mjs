// What the generator costs: one target, the one set for all RPM targets, and every target by itself.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from './measure.mjs';
import { root } from './setup.mjs';

/** Times of everything, the floor first, measured in turn. */
export function benchGenerate(scratch, rounds) {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]);
  return measure(contestants(scratch), rounds);
}

function contestants(scratch) {
  const empty = join(scratch, 'empty.mjs');
  writeFileSync(empty, '');
  const provision = [process.execPath, join(root, 'dist/provision.mjs')];
  const generate = (target) => [
    ...[...provision, 'generate', '--target', target],
    ...['--out', join(scratch, `out-${target}`)],
  ];
  return [
    ['node empty.mjs', [process.execPath, empty]],
    ['provision --version', [...provision, '--version']],
    ['provision generate --target fedora-44', generate('fedora-44')],
    ['provision generate --target all', generate('all')],
    ['every target by itself and all, in one process', [process.execPath, writeEvery(scratch)]],
  ];
}

/** Table, policies and texts of each target, with no file written. */
function writeEvery(scratch) {
  const support = JSON.stringify(join(root, 'build/test/support/provision.js'));
  const script = `
    import { payloadOf, targets, unionOf } from ${support};
    for (const { id } of targets) payloadOf(id);
    unionOf();
  `;
  const file = join(scratch, 'every.mjs');
  writeFileSync(file, script);
  return file;
}
