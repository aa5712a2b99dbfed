import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, makeDisk, makeSite, paused, type Site, siteWords } from '../support/launcher.ts';
import { needsQemuImg, qemuImg } from '../support/qemu-img.ts';
import { rootOnly } from '../support/scratch.ts';

const options = { skip: rootOnly.skip || needsQemuImg.skip };

/** What is decided for the named files of a site: kind, access, action and why. */
function decide(site: Site, names: readonly string[], ...words: readonly string[]): object {
  const { stdout } = call(siteWords(site, 'plan', '--json', ...words));
  const { resources } = JSON.parse(stdout);
  return names.map((name) => {
    const found = resources.find((each: { path: string }) => each.path === `${site.path}/${name}`);
    return `${found.kind} ${found.access} ${found.action}: ${found.why}`;
  });
}

test(
  'disks, data files and variables of the firmware that can be written are claimed',
  options,
  (context) => {
    const site = makeSite(context);
    for (const name of ['disk', 'data', 'variables']) makeDisk(site, name);
    qemuImg(site.path, 'create -q -f qcow2 -o data_file=data split 1M');
    const files = {
      split: `{"driver":"qcow2","node-name":"a","file":{"driver":"file","filename":"${site.path}/split"},"data-file":{"driver":"file","filename":"${site.path}/data"}}`,
    };
    const words = [
      ...['-drive', `file=${site.path}/disk,format=raw`],
      ...['-blockdev', files.split],
      ...['-device', 'virtio-blk-pci,drive=a'],
      ...['-drive', `if=pflash,unit=1,format=raw,file=${site.path}/variables`],
    ];
    const why = 'rw claim: writable, not shared';
    assert.deepEqual(
      decide(site, ['disk', 'split', 'data', 'variables'], '--', ...paused, ...words),
      [`disk ${why}`, `disk ${why}`, `data-file ${why}`, `nvram ${why}`],
    );
  },
);

const drive = (site: Site) => ['-drive', `file=${site.path}/disk,format=raw`];
const cdrom = (site: Site) => ['-cdrom', `${site.path}/disk`];
const fixed = 'user = "+34567"\ngroup = "+45678"\ndynamic_ownership = 0\n';

/** One path, decided by an option: the option, the emulator's words, the decision, qemu.conf. */
const decisions: readonly (readonly [string, (site: Site) => string[], string, string?])[] = [
  ['--claim', cdrom, 'disk ro claim: --claim'],
  ['--claim', drive, 'disk rw claim: --claim', fixed],
  ['--leave', drive, 'disk rw check: --leave'],
  ['--read-only', drive, 'disk ro check: read-only'],
];

for (const [option, words, decision, conf] of decisions) {
  test(`${option} decides for one path: ${decision}`, rootOnly, (context) => {
    const site = makeSite(context, conf);
    const disk = makeDisk(site, 'disk');
    const all = [option, disk, '--', ...paused, ...words(site)];
    assert.deepEqual(decide(site, ['disk'], ...all), [decision]);
  });
}
