import type { TestContext } from 'node:test';
import { buildRoot } from './build-root.ts';
import { needsNetwork } from './network.ts';
import { needsReleases } from './release-root.ts';
import { makeScratch } from './scratch.ts';

/** For a test's options: skipped, with the reason, where the launcher cannot start the QEMU of trixie (10.0). */
export const needsNewerQemu = { skip: needsNetwork.skip || needsReleases('trixie').skip };

/** Words that become the launcher in a network of its own and with the programs of trixie, of which QEMU is one. */
export function amidTrixie(context: TestContext, commands = 'true'): readonly string[] {
  const { path } = buildRoot('trixie');
  const script = `node=${makeScratch(context)}/node
touch "$node"
mount --bind "$1" "$node"
${commands}
mount --bind "${path}/usr" /usr
shift
exec "$node" "$@"`;
  return ['unshare', '--mount', '--net', '/bin/sh', '-e', '-c', script, 'sh'];
}
