import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Release } from './build-root.ts';
import { librariesOf, loaderWords, runUnpacked, unpackPackages } from './debian-packages.ts';
import { compile } from './program.ts';
import { makeScratch, projectRoot } from './scratch.ts';
import { needs } from './tool.ts';

/** For a test's options: skipped, with the reason, where the libvirt of this release cannot be had. */
export function needsLibvirt(release: Release): { readonly skip: false | string } {
  const { reason } = unpackPackages(release, packages);
  return reason === undefined ? needs('cc') : { skip: reason };
}

/** libvirt's own qemu.conf, as its package brings it. */
export function shippedConf(release: Release): string {
  return readFileSync(join(libvirtRoot(release), 'etc/libvirt/qemu.conf'), 'utf8');
}

/** libvirt's own augeas lens. */
export function shippedLens(release: Release): string {
  return readFileSync(join(lensDirectory(release), 'libvirtd_qemu.aug'), 'utf8');
}

/** What libvirt's parser makes of each text (latin1: one character for one byte), as one line each. */
export function parseWithLibvirt(
  context: TestContext,
  release: Release,
  texts: readonly string[],
): readonly string[] {
  return readTexts(context, release, texts, []);
}

/** What a starting QEMU driver makes of each text: `ok`, or `error` and its message. */
export function loadWithLibvirt(
  context: TestContext,
  release: Release,
  texts: readonly string[],
): readonly string[] {
  const driver = join(libraries(release), 'libvirt/connection-driver/libvirt_driver_qemu.so');
  return readTexts(context, release, texts, [driver]);
}

/** Which of the texts libvirt's augeas lens cannot read. */
export function refusedByLens(
  context: TestContext,
  release: Release,
  texts: readonly string[],
): readonly string[] {
  const directory = makeScratch(context);
  mkdirSync(join(directory, 'conf'));
  for (const [index, text] of texts.entries())
    writeFileSync(join(directory, `conf/${index}`), text, 'latin1');
  const lenses = [lensDirectory(release), join(lensDirectory(release), 'dist')];
  const includes = lenses.flatMap((path) => ['--include', path]);
  const options = ['--noautoload', '--nostdinc', ...includes];
  const transform = ['--transform', 'Libvirtd_qemu.lns incl /conf/*'];
  const program = join(libvirtRoot(release), 'usr/bin/augtool');
  const words = [program, ...options, ...transform, '--root', directory];
  const { status, stdout, stderr } = runUnpacked(libvirtRoot(release), [
    ...words,
    ...['match', '/augeas//error'],
  ]);
  const errors = stdout.split('\n').filter((line) => line !== '' && !line.includes('no matches'));
  const indices = errors.map((line) => /^\/augeas\/files\/conf\/(\d+)\/error /.exec(line)?.[1]);
  if (status !== 0 || indices.includes(undefined)) throw new Error(`augtool: ${stderr}${stdout}`);
  const refused = new Set(indices.map(Number));
  return texts.filter((_, index) => refused.has(index));
}

const packages = ['libvirt0', 'libvirt-daemon-driver-qemu', 'augeas-tools', 'augeas-lenses'];

function libvirtRoot(release: Release): string {
  const { path, reason } = unpackPackages(release, packages);
  if (path === undefined) throw new Error(reason);
  return path;
}

function lensDirectory(release: Release): string {
  return join(libvirtRoot(release), 'usr/share/augeas/lenses');
}

function libraries(release: Release): string {
  return librariesOf(libvirtRoot(release));
}

function readTexts(
  context: TestContext,
  release: Release,
  texts: readonly string[],
  driver: readonly string[],
): readonly string[] {
  const directory = makeScratch(context);
  const source = readFileSync(join(projectRoot, 'test/support/libvirt-reader.c'), 'utf8');
  const reader = compile(join(directory, 'reader'), source);
  const library = join(libraries(release), 'libvirt.so.0');
  const loader = loaderWords(libvirtRoot(release));
  const [program = '', ...words] = [...loader, reader, library, 'qemu.conf', ...driver];
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd: directory,
    env: { HOME: directory, XDG_RUNTIME_DIR: directory, LC_ALL: 'C' },
    input: Buffer.concat(texts.flatMap(frame)),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`the reader ended with ${status}: ${stderr}`);
  return stdout.toString('latin1').split('\n').slice(0, -1);
}

function frame(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}
