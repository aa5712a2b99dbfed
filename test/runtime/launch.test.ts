import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';
import {
  call,
  emulator,
  launcherPath,
  listReports,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  siteWords,
  start,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const none = '0000000000000000';

test(
  'a real QEMU runs as the target without any privilege, and its disk is given and given back',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'web', [
      ...paused,
      '-drive',
      `file=${disk},format=raw`,
    ]);
    const threads = readdirSync(`/proc/${started.pid}/task`);
    assert.ok(threads.length > 1, 'QEMU has threads by now');
    for (const thread of threads) {
      const status = parseProcStatus(
        readFileSync(`/proc/${started.pid}/task/${thread}/status`, 'utf8'),
      );
      assert.deepEqual(status.uid, Array(4).fill(target.uid));
      assert.deepEqual(status.gid, Array(4).fill(target.gid));
      assert.deepEqual(status.groups, [target.gid]);
      const { capInh, capPrm, capEff, capBnd, capAmb, noNewPrivs } = status;
      assert.deepEqual(
        [capInh, capPrm, capEff, capBnd, capAmb, noNewPrivs],
        [none, none, none, none, none, true],
      );
    }
    assert.equal(readFileSync(`/proc/${started.pid}/comm`, 'utf8').trim(), 'qemu-system-x86');
    assert.deepEqual(ownerOf(disk), target);
    assert.equal(statSync(disk).mode & 0o7777, 0o600);
    assert.deepEqual(started.report.claims, [{ path: disk, from: owner, to: target }]);
    started.launcher.kill('SIGTERM');
    // QEMU ends by itself on SIGTERM: the status is its own.
    assert.equal(await started.ended, 0);
    assert.deepEqual(ownerOf(disk), owner);
    assert.deepEqual(listReports(site), []);
    assert.equal(existsSync(`${site.run}/web`), false);
  },
);

test('a QEMU that is killed gives its status and its disk back', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const started = await start(context, site, 'web', [
    ...paused,
    '-drive',
    `file=${disk},format=raw`,
  ]);
  process.kill(started.pid, 'SIGKILL');
  assert.equal(await started.ended, 137);
  assert.deepEqual(ownerOf(disk), owner);
});

test(
  'when the waiting parent is killed QEMU goes with it, and the next word gives the disk back',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'web', [
      ...paused,
      '-drive',
      `file=${disk},format=raw`,
    ]);
    started.launcher.kill('SIGKILL');
    await started.ended;
    while (
      existsSync(`/proc/${started.pid}/exe`) &&
      !/^State:\s+Z/m.test(readFileSync(`/proc/${started.pid}/status`, 'utf8'))
    )
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(ownerOf(disk), target);
    assert.match(
      call(siteWords(site, 'list')).stdout,
      /web +gone \(pid was \d+\): run `qemu-launch restore --all`/,
    );
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);

test('a QEMU that fails to start gives its own status and the disk back', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const words = [...paused, '-drive', `file=${disk},format=raw`, '-machine', 'nosuchmachine'];
  const { status, stderr } = call(siteWords(site, 'run', '--', ...words));
  assert.equal(status, 1);
  assert.match(stderr, /unsupported machine type/);
  assert.deepEqual(ownerOf(disk), owner);
  assert.deepEqual(readdirSync(`${site.state}/claims`), ['lock']);
});

test('the waiting parent is small', rootOnly, async (context) => {
  const site = makeSite(context);
  const started = await start(context, site, 'web', paused);
  const pss = /^Pss:\s+(\d+) kB$/m.exec(
    readFileSync(`/proc/${started.launcher.pid}/smaps_rollup`, 'utf8'),
  );
  assert.ok(Number(pss?.[1]) <= 1024, `PSS is ${pss?.[1]} kB`);
});

test(
  'read-only, shared and left disks keep owner, mode and change time',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disks = ['cdrom', 'readonly', 'shared', 'left', 'snapshot'].map((name) =>
      makeDisk(site, name),
    );
    for (const disk of disks) execFileSync('setfacl', ['-m', `u:${target.uid}:rw`, disk]);
    const before = disks.map((disk) => statSync(disk).ctimeMs);
    const [cdrom, readonly, shared, left, snapshot] = disks;
    const words = [
      '-cdrom',
      `${cdrom}`,
      '-drive',
      `file=${readonly},format=raw,readonly=on,if=virtio`,
      '-blockdev',
      `driver=file,filename=${shared},node-name=shared`,
      '-device',
      'virtio-blk-pci,drive=shared,share-rw=on',
      '-drive',
      `file=${left},format=raw,if=virtio`,
      '-drive',
      `file=${snapshot},format=raw,if=virtio,snapshot=on`,
    ];
    const all = siteWords(site, 'plan', '--json', '--leave', `${left}`, '--', ...paused, ...words);
    const plan = JSON.parse(call(all).stdout);
    const decided = plan.resources.map((each: { path: string; action: string; why: string }) => {
      return [each.path, `${each.action}: ${each.why}`];
    });
    assert.deepEqual(Object.fromEntries(decided), {
      [`${cdrom}`]: 'check: read-only',
      [`${readonly}`]: 'check: read-only',
      [`${shared}`]: 'check: shared',
      [`${left}`]: 'check: --leave',
      [`${snapshot}`]: 'check: read-only',
    });
    const { status, stderr } = call(
      siteWords(
        site,
        'run',
        '--leave',
        `${left}`,
        '--',
        ...paused,
        ...words,
        '-machine',
        'nosuchmachine',
      ),
    );
    assert.equal(status, 1, stderr);
    assert.deepEqual(
      disks.map((disk) => statSync(disk).ctimeMs),
      before,
    );
  },
);

test('dynamic_ownership = 0 claims nothing', rootOnly, (context) => {
  const site = makeSite(
    context,
    `user = "+${target.uid}"\ngroup = "+${target.gid}"\ndynamic_ownership = 0\n`,
  );
  const disk = makeDisk(site);
  const { status, stdout } = call(siteWords(site, 'plan', '--json', '--', ...paused, '-hda', disk));
  const plan = JSON.parse(stdout);
  assert.equal(plan.resources[0].action, 'check');
  assert.equal(status, 3, 'QEMU could not open it as it is');
  assert.equal(
    plan.findings.some(({ code }: { code: string }) => code === 'VP_PATH_ACCESS'),
    true,
  );
});

test(
  'the same name twice, and the same disk twice, are refused by the name of the first',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'first', [
      ...paused,
      '-drive',
      `file=${disk},format=raw`,
    ]);
    const sameName = call(siteWords(site, 'run', '--name', 'first', '--', ...paused));
    assert.equal(sameName.status, 125);
    assert.match(
      sameName.stderr,
      new RegExp(`error: a VM named first is running already \\(pid ${started.pid}\\)`),
    );
    const sameDisk = call(
      siteWords(site, 'run', '--name', 'second', '--', ...paused, '-hda', disk),
    );
    assert.equal(sameDisk.status, 125);
    assert.match(
      sameDisk.stderr,
      new RegExp(`${disk} is in use by the VM first \\(pid ${started.pid}\\)`),
    );
    assert.deepEqual(ownerOf(disk), target);
    started.launcher.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.deepEqual(
      ownerOf(disk),
      owner,
      'the failed second one has not touched what the first remembers',
    );
  },
);

test('a running VM’s files are not given back from under it', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const started = await start(context, site, 'web', [...paused, '-hda', disk]);
  const { status, stderr } = call(siteWords(site, 'restore', 'web'));
  assert.deepEqual(
    [status, stderr.includes(`the VM web is running (pid ${started.pid})`)],
    [1, true],
  );
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.deepEqual(ownerOf(disk), target);
});

test('exec becomes QEMU in the same process', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const script = `${site.path}/emulator`;
  writeFileSync(script, '#!/bin/sh\necho $$; cat /proc/self/status; stat -c %u "$1"\n', {
    mode: 0o755,
  });
  const { status, stdout } = call(
    siteWords(site, 'exec', '--name', 'x', '--', script, '-hda', disk),
    {
      wrapper: ['/bin/sh', '-c', 'echo $$; exec "$@"', 'sh'],
    },
  );
  const [shell, program, ...lines] = stdout.split('\n');
  assert.deepEqual(
    [status, shell === program],
    [1, true],
    'stat gets no file: exit 1, and the pid is the same',
  );
  const seen = parseProcStatus(lines.join('\n'));
  assert.deepEqual([seen.uid[0], seen.capBnd, seen.noNewPrivs], [target.uid, none, true]);
  assert.deepEqual(ownerOf(disk), target, 'nothing stays to give back: that is restore’s');
  assert.equal(call(siteWords(site, 'restore', 'x')).status, 0);
  assert.deepEqual(ownerOf(disk), owner);
});

test('the exit status is the emulator’s', rootOnly, (context) => {
  const site = makeSite(context);
  for (const status of [0, 3, 77]) {
    const script = `${site.path}/exit-${status}`;
    writeFileSync(script, `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 });
    assert.equal(call(siteWords(site, 'run', '--', script)).status, status);
  }
});

test('the environment is an allow-list and --env', rootOnly, (context) => {
  const site = makeSite(context);
  const env = {
    ...process.env,
    SECRET: 'x',
    HOME: '/root',
    LANG: 'C.UTF-8',
    LC_ALL: 'C',
    TERM: 'dumb',
  };
  const { stdout } = call(siteWords(site, 'run', '--env', 'EXTRA=1', '--', '/usr/bin/env'), {
    env,
  });
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'EXTRA=1',
    'LANG=C.UTF-8',
    'LC_ALL=C',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec',
    'TERM=dumb',
  ]);
});

test('the report says what was verified', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const report = `${site.path}/report.json`;
  call(
    siteWords(
      site,
      'run',
      '--name',
      'web',
      '--report',
      report,
      '--',
      ...paused,
      '-hda',
      disk,
      '-machine',
      'nosuchmachine',
    ),
  );
  const { name, verified, status, claims, landlock } = JSON.parse(readFileSync(report, 'utf8'));
  assert.deepEqual([name, verified, status.CapBnd, status.NoNewPrivs], ['web', true, none, '1']);
  assert.deepEqual(claims, [{ path: disk, from: owner, to: target }]);
  assert.deepEqual(landlock, { level: 'off', abi: 0 });
});

test('the launcher is one file and the real emulator is where the tests look', () => {
  assert.equal(existsSync(launcherPath), true);
  assert.equal(existsSync(emulator), true);
});

test('root as user or group is said aloud, and holds no capability', rootOnly, (context) => {
  const site = makeSite(context);
  const root = call(siteWords(site, 'run', '--user', 'root', '--group', 'root', '--', '/bin/true'));
  assert.deepEqual([root.status, /warning: QEMU will run as root/.test(root.stderr)], [0, true]);
  const group = call(siteWords(site, 'run', '--group', '+0', '--', '/bin/true'));
  assert.deepEqual(
    [group.status, /warning: QEMU will run in the group root/.test(group.stderr)],
    [0, true],
  );
});

test('a launcher with few descriptors to spare still starts', rootOnly, (context) => {
  const site = makeSite(context);
  const wrapper = ['/bin/sh', '-c', 'ulimit -n 40; exec "$@"', 'sh'];
  const { status, stderr } = call(siteWords(site, 'run', '--', '/bin/true'), { wrapper });
  assert.deepEqual([status, stderr], [0, '']);
});

test('output that nobody reads is no crash', rootOnly, (context) => {
  const site = makeSite(context);
  const words = siteWords(site, 'plan', '--json', '--', ...paused)
    .map((word) => `'${word}'`)
    .join(' ');
  const script = `'${process.execPath}' '${launcherPath}' ${words}`;
  const closed = spawnSync('bash', ['-c', `set -o pipefail; ${script} | true`], {
    encoding: 'utf8',
    cwd: '/',
  });
  assert.deepEqual([closed.status, closed.stderr], [0, '']);
  const full = spawnSync('bash', ['-c', `${script} > /dev/full`], { encoding: 'utf8', cwd: '/' });
  assert.match(full.stderr, /^qemu-launch: error: cannot write to descriptor 1: ENOSPC/);
});

test(
  'priorities are for the journal, not for a terminal that inherited its variable',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const env = { ...process.env, JOURNAL_STREAM: '1:2' };
    assert.match(
      call(siteWords(site, 'run', '--', 'nosuch'), { env }).stderr,
      /^qemu-launch: error/,
    );
  },
);
