import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bringIn, buildHostPackage, runRpm } from '../support/host-package.ts';
import { needsReleases, releaseRoot, runInRoot } from '../support/release-root.ts';

// What Fedora 45 asks of every package.
const strict = { defines: ['_pkgverify_level all'] };
const env = { GNUPGHOME: '/root/keys' };
const signer = 'builder@example.org';

test(
  'rpm 6 with signatures enforced: refused unsigned, installed signed',
  needsReleases('sid'),
  (context) => {
    const file = buildHostPackage(context, 'sid', { id: 'fedora-45' });
    const root = releaseRoot(context, 'sid');
    const run = (...words: readonly string[]) => {
      const { status, stdout, stderr } = runInRoot(root, words, { env });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const unsigned = runRpm(root, '-i', file, strict);
    assert.equal(unsigned.status, 1);
    assert.match(unsigned.stderr, /does not verify: no signature/);

    mkdirSync(join(root, env.GNUPGHOME), { mode: 0o700 });
    const alone = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
    run('gpg', ...alone, '--quick-gen-key', signer, 'ed25519', 'sign', 'never');
    run('gpg', '--armor', '--output', '/key.asc', '--export', signer);
    const path = bringIn(root, file);
    run('rpmsign', '--define', `_gpg_name ${signer}`, '--addsign', path);
    run('rpmkeys', '--import', '/key.asc');
    run('rpm', '-i', '--nodeps', '--define', strict.defines[0] ?? '', path);
    assert.equal(run('rpm', '-q', 'virt-privileges-host'), 'virt-privileges-host-1.2.3-1.noarch\n');
  },
);
