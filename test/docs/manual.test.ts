import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { policyOf } from '../support/provision.ts';
import { programFile, run } from '../support/run-provision.ts';
import { projectRoot } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

function pageOf(name: string): string {
  return readFileSync(join(projectRoot, 'man', name), 'utf8');
}

/** The long options that a page names; in mdoc `Fl -name` is `--name`. */
function optionsOf(page: string): readonly string[] {
  return unique([...page.matchAll(/\bFl -([a-z][\w-]*)/g)].map(([, name = '']) => name));
}

function helpOptions(program: string, commands: readonly string[]): readonly string[] {
  const helps = commands.map((command) =>
    run(process.execPath, [program, ...command.split(' '), '--help']),
  );
  const names = helps.flatMap(({ stdout }) =>
    [...stdout.matchAll(/^ {2,}(?:-\w, )?--([a-z-]+)|[,|] --([a-z-]+)/gm)].map(
      ([, a, b]) => a ?? b ?? '',
    ),
  );
  return unique(names);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

function commandsOf(page: string): readonly string[] {
  return [...page.matchAll(/^\.It Cm ([a-z-]+)(?: |$)/gm)].map(([, name = '']) => name);
}

test('provision.8 has every option of every command, and no other', () => {
  const page = pageOf('provision.8');
  const edits = ['qemu-conf set', 'qemu-conf unset'];
  assert.deepEqual(optionsOf(page), helpOptions(programFile, [...commandsOf(page), ...edits]));
});

test('provision.8 has every command, and no other', () => {
  const { stdout } = run(process.execPath, [programFile, '--help']);
  const commands = stdout.slice(stdout.indexOf('\nCommands:\n'));
  const listed = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name);
  const known = listed.filter((name) => name !== 'help');
  assert.deepEqual(unique(commandsOf(pageOf('provision.8'))), unique(known));
});

test('qemu-launch.8 has every option and no other', () => {
  const program = join(projectRoot, 'dist/qemu-launch.cjs');
  assert.deepEqual(optionsOf(pageOf('qemu-launch.8')), helpOptions(program, ['run']));
});

test('the policy that virt-privileges-policy.5 shows is one', () => {
  const [, example = ''] =
    /^\.Bd -literal.*\n([\s\S]*?)^\.Ed$/m.exec(pageOf('virt-privileges-policy.5')) ?? [];
  const { policy } = policyOf('fedora-44', example);
  assert.deepEqual([policy.kvm.access, policy.qemuConf['max_files']], ['group', 32768]);
});

for (const name of ['provision.8', 'qemu-launch.8', 'virt-privileges-policy.5']) {
  test(`${name}: groff finds no fault`, needs('groff'), () => {
    const file = join(projectRoot, 'man', name);
    const { status, stderr } = runTool('groff', ['-mdoc', '-Tutf8', '-ww', '-z', file]);
    assert.deepEqual([status, stderr], [0, '']);
  });
}
