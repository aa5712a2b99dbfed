import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { targets } from '../support/provision.ts';
import { generate, lint } from '../support/run-lint.ts';
import { rounds } from '../support/scratch.ts';
import { needs } from '../support/tool.ts';

const some = ['fedora-41', 'fedora-44', 'debian-13'];
const all = [...targets.map(({ id }) => id), 'all'];
for (const id of rounds(0, 1) === 1 ? all : [...some, 'all']) {
  test(`what is generated for ${id} has no finding that counts`, (context) => {
    const { exitCode, findings } = lint(generate(context, id));
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    );
    assert.equal(exitCode, 0);
  });
}

test('rpm reads the generated spec', needs('rpmspec'), (context) => {
  const out = generate(context, 'fedora-44');
  const { findings } = lint(out);
  const silent = findings.filter(({ message }) => /^rpm.* has not looked/.test(message));
  assert.deepEqual(
    silent.filter(({ message }) => message.startsWith('rpmspec')),
    [],
  );
  appendFileSync(join(out, 'virt-privileges-host.spec'), '%if 1\n');
  const broken = lint(out);
  assert.equal(broken.exitCode, 3);
  const said = broken.findings.map(({ severity, message }) => `${severity} ${message}`);
  assert.ok(said.includes('error rpmspec -P: Unclosed %if'), said.join('\n'));
  assert.ok(said.includes('warning the file is not as it was generated'), said.join('\n'));
});

test('a link in a generated directory cannot lead out of it', (context) => {
  const out = generate(context, 'fedora-44');
  const path = join(out, 'virt-privileges.sysusers');
  rmSync(path);
  symlinkSync('/etc/passwd', path);
  const { exitCode, error } = lint(out);
  assert.equal(exitCode, 1);
  assert.equal(error.message, `cannot read ${path}: it leads out of ${out}`);
});

test('a manifest cannot lead out of its directory', (context) => {
  const out = generate(context, 'fedora-44');
  const file = join(out, 'manifest.json');
  for (const name of ['../../etc/passwd', '/etc/passwd', 'debian/../x', '..', 'debian/', '']) {
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const [first] = manifest.files;
    writeFileSync(file, JSON.stringify({ ...manifest, files: [{ ...first, name }] }));
    const { exitCode, error } = lint(out);
    assert.equal(exitCode, 1);
    assert.equal(error.message, `cannot understand ${file}`);
  }
});
