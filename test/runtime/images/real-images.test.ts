import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { chainOf } from '../../support/image-chain.ts';
import { needsQemuImg, qemuImg } from '../../support/qemu-img.ts';
import { makeScratch } from '../../support/scratch.ts';

interface Case {
  readonly what: string;
  /** What qemu-img is asked to make, in order. */
  readonly make: readonly string[];
  readonly top: string;
  readonly format: string;
  /** What else --claim names. */
  readonly named?: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: 'qcow2 over raw',
    make: ['-f raw base 1M', '-f qcow2 -b base -F raw top'],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow2 of version 2 three deep, absolute and relative',
    make: [
      '-f qcow2 -o compat=0.10 sub/1 1M',
      '-f qcow2 -o compat=0.10 -b 1 -F qcow2 sub/2',
      '-f qcow2 -o compat=0.10 -b DIRECTORY/sub/2 -F qcow2 3',
      '-f qcow2 -o compat=0.10 -b ./3 -F qcow2 top',
    ],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow2 with every extension',
    make: [
      '-f raw base 1M',
      '-f qcow2 -o cluster_size=2M,extended_l2=on,compression_type=zstd,lazy_refcounts=on -b base -F raw top',
    ],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow2 with small clusters',
    make: ['-f raw base 1M', '-f qcow2 -o cluster_size=512,compat=0.10 -b base -F raw top'],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow2 with an external data file',
    make: ['-f qcow2 -o data_file=DIRECTORY/data,data_file_raw=on top 1M'],
    top: 'top',
    format: 'qcow2',
    named: ['data'],
  },
  {
    what: 'qcow2 with a json: name',
    make: [
      '-f qcow2 base 1M',
      '-f qcow2 -b json:{"driver":"qcow2","file":{"driver":"file","filename":"DIRECTORY/base"}} -F qcow2 top',
    ],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow2 with a file: name',
    make: ['-f raw base 1M', '-f qcow2 -b file:DIRECTORY/base -F raw top'],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow2 by a link',
    make: ['-f raw base 1M', '-f raw links/base 1M', '-f qcow2 -b base -F raw real'],
    top: 'links/top',
    format: 'qcow2',
  },
  {
    what: 'qed',
    make: ['-f raw base 1M', '-f qed -b base -F raw middle', '-f qcow2 -b middle -F qed top'],
    top: 'top',
    format: 'qcow2',
  },
  {
    what: 'qcow over a plain qcow2',
    make: ['-f qcow2 base 1M', '-f qcow -b base -F qcow2 top'],
    top: 'top',
    format: 'qcow',
  },
  {
    what: 'vmdk with a parent',
    make: ['-f vmdk base.vmdk 1M', '-f vmdk -b base.vmdk -F vmdk top.vmdk'],
    top: 'top.vmdk',
    format: 'vmdk',
  },
  {
    what: 'vmdk in parts',
    make: ['-f vmdk -o subformat=twoGbMaxExtentSparse top.vmdk 5G'],
    top: 'top.vmdk',
    format: 'vmdk',
    named: ['top-s001.vmdk', 'top-s002.vmdk', 'top-s003.vmdk'],
  },
  {
    what: 'vmdk with a flat part',
    make: ['-f vmdk -o subformat=monolithicFlat top.vmdk 1M'],
    top: 'top.vmdk',
    format: 'vmdk',
    named: ['top-flat.vmdk'],
  },
  { what: 'vhdx', make: ['-f vhdx top 1M'], top: 'top', format: 'vhdx' },
  {
    what: 'luks below qcow2',
    make: [
      '--object secret,id=s,data=abc -f luks -o key-secret=s,iter-time=10 base 1M',
      '-f qcow2 -b base -F luks -u top 1M',
    ],
    top: 'top',
    format: 'qcow2',
  },
  ...['vdi', 'vpc', 'parallels'].map((format) => ({
    what: `${format} below qcow2`,
    make: [`-f ${format} base 1M`, `-f qcow2 -b base -F ${format} top`],
    top: 'top',
    format: 'qcow2',
  })),
];

function makeImages(context: TestContext, { make }: Case): string {
  const directory = makeScratch(context);
  mkdirSync(`${directory}/sub`);
  mkdirSync(`${directory}/links`);
  symlinkSync('../real', `${directory}/links/top`);
  for (const line of make) qemuImg(directory, `create -q ${line.replace('DIRECTORY', directory)}`);
  return directory;
}

interface ImageInfo {
  readonly 'full-backing-filename'?: string;
  readonly 'format-specific'?: {
    readonly data: {
      readonly 'data-file'?: string;
      readonly extents?: readonly { readonly filename: string }[];
    };
  };
}

/** What qemu-img itself says that the chain is made of, without the directory. */
function filesOf(directory: string, { top, format }: Case): readonly string[] {
  const chain = qemuImg(directory, `info -f ${format} -U --output=json --backing-chain ${top}`);
  const images = JSON.parse(chain) as readonly ImageInfo[];
  const named = images.flatMap((image) => {
    const data = image['format-specific']?.data;
    const extents = data?.extents?.map(({ filename }) => filename) ?? [];
    return [image['full-backing-filename'], data?.['data-file'], ...extents];
  });
  const files = named.flatMap((name) => (name === undefined ? [] : [plain(directory, name)]));
  return [...new Set([top, ...files])].sort();
}

function plain(directory: string, name: string): string {
  const file = /^json:.*"filename": ?"([^"]*)"/.exec(name)?.[1] ?? name.replace(/^file:/, '');
  return file.replaceAll(`${directory}/`, '').replace(/^\.\//, '');
}

for (const each of cases) {
  test(`as qemu-img sees it: ${each.what}`, needsQemuImg, (context) => {
    const directory = makeImages(context, each);
    const { top, format, named = [] } = each;
    const line = `-drive file=${top},format=${format},if=virtio`;
    const chain = chainOf(directory, line, { named: named.map((name) => `${directory}/${name}`) });
    assert.deepEqual(chain.findings, []);
    const files = chain.paths.map((path) => path.split(' ')[0]);
    assert.deepEqual(files.sort(), filesOf(directory, each));
  });
}
