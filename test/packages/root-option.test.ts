import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bringIn, buildHostPackage, choiceOf } from '../support/host-package.ts';
import { bindInto, needsReleases, releaseRoot, runInRoot } from '../support/release-root.ts';
import { assertAccounts, prepareAccounts } from '../support/root-accounts.ts';

const releases = ['trixie', 'sid'] as const;
type Modern = (typeof releases)[number];
const options = needsReleases(...releases);
const programs = ['/usr/bin/systemd-sysusers', '%{_rpmconfigdir}/sysusers.sh'];

for (const release of releases) {
  for (const program of programs) {
    for (const id of ['fedora-41', 'fedora-44']) {
      for (const state of ['clean', 'gid 107 is kvm'] as const) {
        test(
          `${release}: rpm --root installs ${id} by ${program}: ${state}`,
          options,
          (context) => {
            const image = releaseRoot(context, release);
            prepareAccounts(image, state);
            install(context, release, { image, id, program });
            assertAccounts(image, choiceOf(id), state);
          },
        );
      }
    }
  }

  test(`${release}: rpm --root makes the accounts of an empty image`, options, (context) => {
    const image = emptyImage(context, release);
    install(context, release, { image, id: 'fedora-44', program: '/usr/bin/systemd-sysusers' });
    assertAccounts(image, choiceOf('fedora-44'), 'clean');
  });
}

interface Installation {
  readonly image: string;
  readonly id: string;
  readonly program: string;
}

/** Installs the package in an image with the rpm of a release, from outside. */
function install(
  context: TestContext,
  release: Modern,
  { image, id, program }: Installation,
): void {
  const root = releaseRoot(context, release);
  const file = bringIn(root, buildHostPackage(context, release, { id }));
  const define = ['--define', `__systemd_sysusers ${program}`];
  const place = bindInto(root, '/mnt', image);
  // An empty image has no shell for %post.
  const words = ['rpm', '--root', place, '-i', '--nodeps', '--nopost', ...define, file];
  const { status, stderr } = runInRoot(root, words);
  assert.equal(status, 0, stderr);
}

/** An image with nothing but account files, as one that is being put together. */
function emptyImage(context: TestContext, release: Modern): string {
  const image = join(releaseRoot(context, release), 'srv/image');
  mkdirSync(join(image, 'etc'), { recursive: true });
  const files = {
    passwd: 'root:x:0:0::/root:/bin/sh',
    group: 'root:x:0:',
    shadow: 'root:*:1::::::',
    gshadow: 'root:*::',
  };
  for (const [name, line] of Object.entries(files))
    writeFileSync(join(image, 'etc', name), `${line}\n`);
  return image;
}
