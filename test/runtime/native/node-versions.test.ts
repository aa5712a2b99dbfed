import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot, rounds } from '../../support/scratch.ts';

/** The newest of each line when this was written; the packages hold the program and nothing else. */
const versions = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const options = {
  skip: rounds(0, 1) === 1 ? false : 'downloads four versions of Node: npm run test:long',
};
const script = `
  const holder = { exports: {} };
  process.dlopen(holder, ${JSON.stringify(join(projectRoot, 'dist/native/addon.node'))});
  const { permitted } = holder.exports.readCapabilities(0);
  console.log(process.versions.node, /^[0-9a-f]{16}$/.test(permitted), holder.exports.userByName('root').uid);
`;

for (const version of versions) {
  test(`the same addon works in Node ${version}, and the launcher starts there`, options, () => {
    const node = fetchNode(version);
    const shown = execFileSync(node, ['-e', script], { encoding: 'utf8' });
    assert.equal(shown, `${version} true 0\n`);
    const launcher = join(projectRoot, 'dist/qemu-launch.cjs');
    assert.match(
      execFileSync(node, [launcher, '--version'], { encoding: 'utf8' }),
      /^qemu-launch \d/,
    );
  });
}

/** The program of that version, from the package registry, kept outside the checkout. */
function fetchNode(version: string): string {
  const prefix = join(cache, 'virt-privileges', `node-${version}`);
  const program = join(prefix, `node_modules/node-linux-${process.arch}/bin/node`);
  if (existsSync(program)) return program;
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, 'package.json'), '{}');
  const name = `node-linux-${process.arch}@${version}`;
  const words = ['install', '--no-save', '--ignore-scripts', '--fetch-retries=1', name];
  execFileSync('npm', words, { cwd: prefix, stdio: ['ignore', 'ignore', 'inherit'] });
  return program;
}
