import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Finding } from '../../../src/errors.ts';
import type { PreflightRules } from '../../../src/runtime/preflight.ts';
import { inspectPaths } from '../../../src/runtime/preflight.ts';
import type { HostPath } from '../../../src/runtime/qemu-args/host-path.ts';
import { native } from '../../support/native.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

const qemu = { user: 'qemu', uid: 41000, group: 'qemu', gid: 42000, groups: [42000] };
const anna = 41001;

function hostPath(path: string, more: Partial<HostPath> = {}): HostPath {
  const usual = { kind: 'disk', access: 'rw', shared: false, created: false } as const;
  return { ...usual, path, optional: false, from: ['-drive …'], ...more };
}

function inspect(
  paths: readonly HostPath[],
  rules: Partial<PreflightRules> = {},
): readonly Finding[] {
  const usual = { mode: 'system', dynamicOwnership: true, claim: [], leave: [] } as const;
  const own = { readOnly: [], ownDirectory: '/run/own' };
  return inspectPaths(native, paths, qemu, { ...usual, ...own, ...rules }).findings;
}

function makeTop(context: TestContext): string {
  const top = makeScratch(context);
  chmodSync(top, 0o711);
  return top;
}

function makeFile(path: string, mode: number, uid = 0): string {
  writeFileSync(path, '');
  chownSync(path, uid, uid);
  chmodSync(path, mode);
  return path;
}

function told(findings: readonly Finding[], top: string): readonly string[] {
  return findings.map(({ code, message, hint }) =>
    `${code} ${message} | ${hint}`.replaceAll(top, ''),
  );
}

test('every problem of every path is told at once', rootOnly, (context) => {
  const top = makeTop(context);
  mkdirSync(`${top}/home/vm`, { recursive: true });
  for (const path of [`${top}/home`, `${top}/home/vm`]) {
    chownSync(path, anna, anna);
    chmodSync(path, 0o700);
  }
  makeFile(`${top}/home/vm/a`, 0o600, anna);
  makeFile(`${top}/home/b`, 0o400, anna);
  mkdirSync(`${top}/directory`);
  const findings = inspect([
    hostPath(`${top}/home/vm/a`),
    hostPath(`${top}/home/b`),
    hostPath(`${top}/directory`),
    hostPath(`${top}/none.iso`, { access: 'ro' }),
    hostPath(`${top}/home/vm/none`, { kind: 'kernel', access: 'ro' }),
  ]);
  const search = (path: string) =>
    `user qemu lacks search permission on ${path} (mode 0700, owner 41001:41001) | setfacl -m u:qemu:x ${path}`;
  const missing = 'make it first (for a disk: qemu-img create), or correct the path';
  assert.deepEqual(told(findings, top), [
    `VP_PATH_ACCESS /home/vm/a: ${search('/home')}`,
    `VP_PATH_ACCESS /home/vm/a: ${search('/home/vm')}`,
    `VP_PATH_ACCESS /home/b: ${search('/home')}`,
    'VP_PATH_ACCESS user qemu lacks write permission on /home/b (mode 0400, owner 41000:42000) | chmod u+rw /home/b',
    'VP_PATH_KIND /directory is a directory, not a disk | name a disk image or a block device',
    `VP_PATH_MISSING /none.iso does not exist | ${missing}`,
    `VP_PATH_ACCESS /home/vm/none: ${search('/home')}`,
    `VP_PATH_ACCESS /home/vm/none: ${search('/home/vm')}`,
    `VP_PATH_MISSING /home/vm/none does not exist | ${missing}`,
  ]);
  assert.ok(findings.every(({ path, severity }) => path !== undefined && severity === 'error'));
});

test(
  'a claim is refused for who could have put it there, and for what would still be missing',
  rootOnly,
  (context) => {
    const top = makeTop(context);
    mkdirSync(`${top}/open`);
    chmodSync(`${top}/open`, 0o777);
    makeFile(`${top}/open/disk`, 0o400, anna);
    const codes = inspect([hostPath(`${top}/open/disk`)]).map(({ code }) => code);
    assert.deepEqual(codes, ['VP_PATH_UNTRUSTED', 'VP_PATH_ACCESS']);
    const left = inspect([hostPath(`${top}/open/disk`)], { leave: [`${top}/open/disk`] });
    assert.deepEqual(told(left, top), [
      'VP_PATH_ACCESS user qemu lacks read permission on /open/disk (mode 0400, owner 41001:41001) | setfacl -m u:qemu:rw /open/disk',
    ]);
  },
);

test(
  'links in a circle, names too long and links to nothing are missing, not failures',
  rootOnly,
  (context) => {
    const top = makeTop(context);
    symlinkSync('circle', `${top}/circle`);
    symlinkSync('nothing', `${top}/dangling`);
    const names = ['circle', 'dangling', 'x'.repeat(300)];
    for (const claimed of [true, false]) {
      const findings = inspect(
        names.map((name) => hostPath(`${top}/${name}`)),
        { dynamicOwnership: claimed },
      );
      assert.deepEqual(
        findings.map(({ code, path }) => [code, path?.slice(top.length + 1)]),
        names.map((name) => ['VP_PATH_MISSING', name]),
      );
    }
  },
);

interface Use {
  readonly what: string;
  readonly path: (top: string) => string;
  readonly use: Partial<HostPath>;
  readonly lacks: string | null;
}

const uses: readonly Use[] = [
  {
    what: 'a socket to connect to needs to be written only',
    path: (top) => makeFile(`${top}/socket`, 0o222),
    use: { kind: 'socket' },
    lacks: null,
  },
  {
    what: 'a directory that is shared with the guest needs to be searched',
    path: (top) => {
      mkdirSync(`${top}/shared`);
      chmodSync(`${top}/shared`, 0o766);
      return `${top}/shared`;
    },
    use: { kind: 'filesystem' },
    lacks: 'search',
  },
  {
    what: 'a log that is there needs no right in its directory',
    path: (top) => makeFile(`${top}/log`, 0o222),
    use: { kind: 'log', created: true },
    lacks: null,
  },
  {
    what: 'a pid file is read as well',
    path: (top) => makeFile(`${top}/pid`, 0o222),
    use: { kind: 'pidfile', created: true },
    lacks: 'read',
  },
  {
    what: 'a socket that is there is made anew',
    path: (top) => makeFile(`${top}/listening`, 0o666),
    use: { kind: 'socket', created: true },
    lacks: 'write',
  },
  {
    what: 'in a directory that everybody may write a socket can be made',
    path: (top) => {
      mkdirSync(`${top}/tmp`);
      chmodSync(`${top}/tmp`, 0o1777);
      return `${top}/tmp/socket`;
    },
    use: { kind: 'socket', created: true },
    lacks: null,
  },
  {
    what: 'what QEMU can do without is not asked for',
    path: (top) => makeFile(`${top}/optional`, 0),
    use: { kind: 'firmware', access: 'ro', optional: true },
    lacks: null,
  },
  {
    what: 'the VM’s own directory is made at start',
    path: () => '/run/own/socket',
    use: { kind: 'socket', created: true },
    lacks: null,
  },
];

for (const { what, path, use, lacks } of uses) {
  test(what, rootOnly, (context) => {
    const top = makeTop(context);
    const messages = inspect([hostPath(path(top), use)]).map(({ message }) => message);
    if (lacks === null) assert.deepEqual(messages, []);
    else assert.match(messages.join('\n'), new RegExp(`^(?:[^ ]+: )?user qemu lacks ${lacks} `));
  });
}

test('where nothing can be made, the VM’s own directory is the way out', rootOnly, (context) => {
  const top = makeTop(context);
  const [finding] = inspect([hostPath(`${top}/socket`, { kind: 'socket', created: true })]);
  assert.equal(finding?.hint, 'put it into /run/own/, which is made for this VM alone');
  const [missing] = inspect([hostPath(`${top}/no/socket`, { kind: 'socket', created: true })]);
  assert.deepEqual(
    [missing?.code, missing?.message.replaceAll(top, ''), missing?.hint],
    ['VP_PATH_MISSING', '/no/socket: /no does not exist', finding?.hint],
  );
});

test('a thousand disks in one directory are judged in no time', rootOnly, (context) => {
  const top = makeTop(context);
  const paths = Array.from({ length: 1000 }, (_, index) => {
    return hostPath(makeFile(`${top}/${index}`, 0o644), { access: 'ro' });
  });
  const before = process.hrtime.bigint();
  assert.deepEqual(inspect(paths), []);
  const each = Number(process.hrtime.bigint() - before) / 1e6 / paths.length;
  assert.ok(each < 0.5, `${each} ms a path`);
});

test('a claim of what cannot be changed is told before it is tried', rootOnly, (context) => {
  const top = makeTop(context);
  const disk = makeFile(`${top}/disk`, 0o600, anna);
  context.after(() => runTool('chattr', ['-i', disk]));
  if (runTool('chattr', ['+i', disk]).status !== 0) return context.skip('no such attributes here');
  chownSync(top, anna, anna);
  const findings = inspect([hostPath(disk)]);
  runTool('chattr', ['-i', disk]);
  assert.deepEqual(told(findings, top), [`VP_PATH_ACCESS /disk is immutable | chattr -i /disk`]);
});
