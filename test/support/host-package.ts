import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Choice } from '../../src/generate/options.ts';
import type { Payload } from '../../src/generate/payload.ts';
import { payloadOf, policyOf, target, writePayload } from './provision.ts';
import { type InRoot, type Release, releaseRoot, runInRoot } from './release-root.ts';
import { makeScratch } from './scratch.ts';
import type { ToolResult } from './tool.ts';

/** A target with the policy of a host without a policy file. */
export function choiceOf(id: string): Choice {
  return { target: target(id), policy: policyOf(id).policy };
}

export interface PackageChoice {
  /** The target that it is generated for. */
  readonly id: string;
  readonly policy?: string;
  /** Its version; 1.2.3 without it. */
  readonly version?: string;
  /** The package format of rpm 6, which older rpms cannot install; Fedora keeps to 4. */
  readonly format?: 4 | 6;
}

/** Builds the example spec with the rpm of a release; returns the file of the binary package. */
export function buildHostPackage(
  context: TestContext,
  builder: Release,
  { id, policy, version = '1.2.3', format = 4 }: PackageChoice,
): string {
  const root = releaseRoot(context, builder);
  writePayload(join(root, 'src'), withVersion(payloadOf(id, policy), version));
  const defines = ['_sourcedir /src', '_topdir /top', '_buildhost localhost'];
  const words = [...defines, `_rpmformat ${format}`].flatMap((value) => ['--define', value]);
  const built = runInRoot(root, ['rpmbuild', '-ba', ...words, '/src/virt-privileges-host.spec']);
  assert.equal(built.status, 0, built.stderr);
  assert.doesNotMatch(built.stderr, /warning|error/i);
  return takeOut(context, join(root, 'top/RPMS/noarch'));
}

function withVersion(payload: Payload, version: string): Payload {
  const files = payload.files.map((file) => {
    return { ...file, text: file.text.replaceAll('1.2.3', version) };
  });
  return { ...payload, files };
}

function takeOut(context: TestContext, directory: string): string {
  const [name = '', ...more] = readdirSync(directory);
  assert.deepEqual(more, []);
  const file = join(makeScratch(context), name);
  copyFileSync(join(directory, name), file);
  return file;
}

export interface RpmOptions extends InRoot {
  readonly defines?: readonly string[];
}

/** Runs rpm of the root on a package; what dpkg has brought is no dependency of rpm's. */
export function runRpm(
  root: string,
  mode: '-i' | '-U' | '--reinstall' | '-e',
  file: string,
  { defines = [], ...options }: RpmOptions = {},
): ToolResult {
  const words = defines.flatMap((value) => ['--define', value]);
  return runInRoot(root, ['rpm', mode, '--nodeps', ...words, bringIn(root, file)], options);
}

/** The path, in the root, of a copy of the file; a name of an installed package stays as it is. */
export function bringIn(root: string, file: string): string {
  if (!file.startsWith('/')) return file;
  const path = `/${file.split('/').at(-1)}`;
  copyFileSync(file, join(root, path));
  return path;
}
