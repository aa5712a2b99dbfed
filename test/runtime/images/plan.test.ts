import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  call,
  makeSite,
  owner,
  ownerOf,
  paused,
  type Site,
  siteWords,
  start,
  target,
} from '../../support/launcher.ts';
import { needsQemuImg, qemuImg } from '../../support/qemu-img.ts';
import { rootOnly } from '../../support/scratch.ts';

const options = { skip: rootOnly.skip || needsQemuImg.skip };

interface Plan {
  readonly resources: readonly {
    readonly path: string;
    readonly kind: string;
    readonly access: string;
    readonly action: string;
    readonly why: string;
    readonly from: readonly string[];
  }[];
  readonly findings: readonly { readonly code: string; readonly path?: string }[];
}

/** Images of somebody else's: a chain of three, and one with a data file. */
function makeImages(context: TestContext): Site {
  const site = makeSite(context);
  qemuImg(site.path, 'create -q -f raw base 1M');
  qemuImg(site.path, 'create -q -f qcow2 -b base -F raw middle');
  qemuImg(site.path, 'create -q -f qcow2 -b middle -F qcow2 top');
  qemuImg(site.path, `create -q -f qcow2 -o data_file=${site.path}/data split 1M`);
  for (const name of ['base', 'middle', 'top', 'split', 'data']) {
    chownSync(`${site.path}/${name}`, owner.uid, owner.gid);
    chmodSync(`${site.path}/${name}`, 0o644);
  }
  return site;
}

function planOf(site: Site, name: string, ...given: readonly string[]) {
  const drive = `file=${site.path}/${name},format=qcow2,if=virtio`;
  const words = siteWords(site, 'plan', '--json', ...given, '--', ...paused, '-drive', drive);
  const { status, stdout } = call(words);
  const { resources, findings } = JSON.parse(stdout) as Plan;
  const short = (text: string) => text.replaceAll(`${site.path}/`, '');
  return {
    status,
    resources: resources
      .filter(({ path }) => path.startsWith(site.path))
      .map(({ path, kind, access, action, why }) =>
        short([path, kind, access, action, why].join(' ')),
      ),
    from: resources.map(({ from }) => short(from.join(' '))),
    findings: findings
      .filter(({ path }) => path?.startsWith(site.path))
      .map(({ code, path }) => short(`${code} ${path}`)),
  };
}

test('backing files are checked and never claimed', options, (context) => {
  const site = makeImages(context);
  const { status, resources, from, findings } = planOf(site, 'top');
  assert.deepEqual(resources, [
    'top disk rw claim writable, not shared',
    'middle backing ro check read-only',
    'base backing ro check read-only',
  ]);
  assert.ok(from.includes('image top') && from.includes('image middle'));
  assert.deepEqual([status, findings], [0, []]);
});

test('a backing file that QEMU may not read is said once, with its name', options, (context) => {
  const site = makeImages(context);
  chmodSync(`${site.path}/base`, 0o600);
  const { status, findings } = planOf(site, 'top');
  assert.deepEqual([status, findings], [3, ['VP_PATH_ACCESS base']]);
});

test('without root an image that the caller may not read is said once', options, (context) => {
  const site = makeImages(context);
  chmodSync(`${site.path}/middle`, 0o600);
  chownSync(`${site.path}/middle`, 0, 0);
  const drive = `file=${site.path}/top,format=qcow2,if=virtio`;
  const ids = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const wrapper = ['/usr/bin/setpriv', ...ids];
  const env = { PATH: '/usr/bin:/bin', HOME: site.path };
  const { stdout } = call(['plan', '--json', '--', ...paused, '-drive', drive], { wrapper, env });
  const { findings } = JSON.parse(stdout) as Plan;
  assert.deepEqual(
    findings.map(({ code, path }) => `${code} ${path}`),
    [`VP_PATH_ACCESS ${site.path}/middle`],
  );
});

test('a backing file that is not there is said once', options, (context) => {
  const site = makeImages(context);
  qemuImg(site.path, 'rebase -u -b gone -F qcow2 middle');
  assert.deepEqual(planOf(site, 'top').findings, ['VP_PATH_MISSING gone']);
});

test('a backing file that is no file', options, (context) => {
  const site = makeImages(context);
  qemuImg(site.path, 'rebase -u -b /dev/null -F qcow2 middle');
  const drive = `file=${site.path}/top,format=qcow2,if=virtio`;
  const { stdout } = call(siteWords(site, 'plan', '--json', '--', ...paused, '-drive', drive));
  const { findings } = JSON.parse(stdout) as Plan;
  assert.deepEqual(
    findings.map(({ code, path }) => `${code} ${path}`),
    ['VP_PATH_KIND /dev/null'],
  );
});

test(
  'a data file is refused, given away or used as it is, as somebody says',
  options,
  (context) => {
    const site = makeImages(context);
    const disk = 'split disk rw claim writable, not shared';
    const refused = planOf(site, 'split');
    assert.deepEqual([refused.status, refused.resources], [3, [disk]]);
    assert.deepEqual(refused.findings, ['VP_IMAGE_REFERENCE split']);
    const claimed = planOf(site, 'split', '--claim', `${site.path}/data`);
    assert.deepEqual(claimed.resources, [disk, 'data data-file rw claim --claim']);
    assert.deepEqual([claimed.status, claimed.findings], [0, []]);
    const allowed = planOf(site, 'split', '--allow', `${site.path}/data:rw`);
    assert.deepEqual(allowed.resources, [disk, 'data data-file rw check only an image names it']);
    assert.deepEqual(allowed.findings, ['VP_PATH_ACCESS data']);
    const read = planOf(site, 'split', '--allow', `${site.path}/data`);
    assert.deepEqual(read.findings, ['VP_IMAGE_REFERENCE split']);
  },
);

test(
  'a real QEMU runs on a chain, of which only the top is given and given back',
  options,
  async (context) => {
    const site = makeImages(context);
    const drive = `file=${site.path}/top,format=qcow2,if=virtio`;
    const started = await start(context, site, 'chain', [...paused, '-drive', drive]);
    const owners = () => ['top', 'middle', 'base'].map((name) => ownerOf(`${site.path}/${name}`));
    assert.deepEqual(owners(), [target, owner, owner]);
    started.launcher.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.deepEqual(owners(), [owner, owner, owner]);
  },
);
