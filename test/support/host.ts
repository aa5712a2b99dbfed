import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { parts } from '../../src/host/change.ts';
import type { HostFacts } from '../../src/host/facts.ts';
import type { Intent } from '../../src/host/intent.ts';
import { openRoot, type Root } from '../../src/host/root.ts';
import { payloadOf, policyOf, target } from './provision.ts';
import { makeScratch, projectRoot } from './scratch.ts';

export const addonFile = join(projectRoot, 'dist/native/addon.node');

type Files = Readonly<Record<string, string>>;

/** A directory of this test alone with these files in it. */
export function makeTree(context: TestContext, files: Files = {}): string {
  const directory = makeScratch(context);
  for (const [path, text] of Object.entries(files)) writeBelow(directory, path, text);
  return directory;
}

/** Writes a file and makes the directories that it needs. */
export function writeBelow(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

/** An image with these files in it, opened. */
export function openTree(context: TestContext, files: Files = {}): Root {
  return openRoot(makeTree(context, files), addonFile);
}

/** What a policy file with this text wants of a host; without a text, the target's defaults. */
export function intentOf(id: string, policyText?: string): Intent {
  const { policy } = policyOf(id, policyText);
  return { policy, target: target(id), payload: payloadOf(id, policyText, 'etc'), parts };
}

/** An image without anything in it. */
export const emptyFacts: HostFacts = {
  root: '/image',
  isLive: false,
  isContainer: false,
  users: [],
  groups: [],
  accountTool: 'systemd-sysusers',
  accountLinks: [],
  files: {},
  qemuConf: { kind: 'absent' },
  device: null,
};
