import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { payloadOf, writePayload } from '../support/provision.ts';
import {
  bindInto,
  needsReleases,
  type Release,
  releaseRoot,
  runInRoot,
} from '../support/release-root.ts';
import { projectRoot } from '../support/scratch.ts';

interface Shown {
  readonly code: string;
  readonly severity: string;
  readonly path?: string;
  readonly line?: number;
  readonly message: string;
}

/** Runs the program in a root, where the tools are newer than the oldest supported ones. */
function lintIn(root: string, ...words: readonly string[]) {
  const program = bindInto(root, '/project', projectRoot);
  const args = [join(program, 'dist/provision.mjs'), 'lint', '--json', ...words];
  const { status, stdout, stderr } = runInRoot(root, ['node', ...args]);
  assert.match(stdout, /^\{/, stderr);
  return { status, findings: JSON.parse(stdout).findings as readonly Shown[] };
}

function prepare(context: TestContext, release: Release, id: string): string {
  const root = releaseRoot(context, release);
  writePayload(join(root, 'generated'), payloadOf(id));
  return root;
}

const systemd = /udevadm|systemd-(sysusers|tmpfiles)/;

for (const [release, id] of [
  ['trixie', 'debian-13'],
  ['sid', 'debian-sid'],
] as const) {
  const options = needsReleases(release);

  test(`${release}: the real tools find nothing in what is generated`, options, (context) => {
    const root = prepare(context, release, id);
    const { status, findings } = lintIn(root, '/generated');
    const wrong = findings.filter(({ severity }) => severity !== 'info');
    assert.deepEqual([status, wrong], [0, []]);
    const notRun = findings.filter(({ code }) => code === 'VP_LINT_NOT_RUN');
    assert.deepEqual(
      notRun.filter(({ message }) => systemd.test(message)),
      [],
    );
  });

  test(`${release}: what the real tools find stands beside what we find`, options, (context) => {
    const root = prepare(context, release, id);
    mkdirSync(join(root, 'bad'));
    writeFileSync(join(root, 'bad/60-x.rules'), 'KERNEL=="kvm", GRUOP="kvm", MODE="0999"\n');
    writeFileSync(join(root, 'bad/x.tmpfiles'), 'z /dev/kvm 0999 - kvm -\n');
    writeFileSync(join(root, 'bad/x.sysusers'), 'g kvm 36 more words\nu qemu 107:nogrp\n');
    const files = ['60-x.rules', 'x.tmpfiles', 'x.sysusers'].map((name) => `/bad/${name}`);
    const { status, findings } = lintIn(root, ...files);
    assert.equal(status, 3);
    const said = findings.map(
      ({ path, line, code, message }) => `${path}:${line} ${code} ${message}`,
    );
    const has = (pattern: RegExp) =>
      assert.ok(
        said.some((text) => pattern.test(text)),
        `${pattern}\n${said.join('\n')}`,
      );
    has(/60-x\.rules:1 VP_LINT_KEY .*GRUOP/);
    has(/60-x\.rules:1 VP_LINT_TOOL udevadm verify: .*GRUOP/);
    has(/60-x\.rules:1 VP_LINT_MODE .*0999/);
    has(/x\.tmpfiles:1 VP_LINT_MODE .*0999/);
    has(/x\.tmpfiles:1 VP_LINT_TOOL systemd-tmpfiles: .*0999/);
    has(/x\.sysusers:\d VP_LINT_TOOL systemd-sysusers: /);
    has(/x\.sysusers:2 VP_LINT_\w+ .*nogrp/);
  });
}
