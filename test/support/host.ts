import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseGroup } from '../../src/formats/group.ts';
import { parsePasswd } from '../../src/formats/passwd.ts';
import type { HostFacts, LiveFacts } from '../../src/host/facts/facts.ts';
import { parts } from '../../src/host/plan/change.ts';
import { type Intent, noConsent } from '../../src/host/plan/intent.ts';
import { installedFiles } from '../../src/host/plan/plan-files.ts';
import { openRoot, type Root } from '../../src/host/root.ts';
import type { FileContent } from '../../src/host/root-files.ts';
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
  const payload = payloadOf(id, policyText, 'etc');
  return { policy, target: target(id), payload, parts, consent: noConsent };
}

/** An image without anything in it. */
export const emptyFacts: HostFacts = {
  root: '/image',
  release: null,
  live: null,
  users: [],
  groups: [],
  elsewhere: { users: {}, groups: {} },
  hasAltfiles: false,
  shadow: { users: null, groups: null },
  accountTool: 'systemd-sysusers',
  accountLinks: [],
  isUsrReadOnly: false,
  merged: [],
  files: {},
  oldFiles: [],
  qemuConf: { kind: 'absent' },
  hasGuestUnit: false,
  qemuConfTime: null,
};

/** What is known of a running system that has the node as Fedora makes it. */
export const liveFacts: LiveFacts = {
  environment: {
    container: null,
    isChroot: false,
    isWsl: false,
    hasSystemd: true,
    selinux: 'off',
    hasAppArmor: false,
  },
  udev: 'running',
  device: { isCharacterDevice: true, uid: 0, gid: 36, mode: 0o666, acl: [] },
  kvm: { module: 'kvm_intel', cpu: 'vmx', isX86: true, isGuest: false },
  libvirt: [],
};

/** A file of root's with this text. */
export function fileState(text: string, more: Partial<FileContent> = {}): FileContent {
  return { kind: 'file', text, encoding: 'utf8', uid: 0, gid: 0, mode: 0o644, ...more };
}

/** A host as the plan for fedora-44 leaves it. */
export const convergedFacts: HostFacts = {
  ...emptyFacts,
  users: parsePasswd('qemu:x:107:107:qemu user:/:/sbin/nologin'),
  groups: parseGroup('kvm:x:36:qemu\nqemu:x:107:'),
  files: Object.fromEntries(
    installedFiles(intentOf('fedora-44')).map(({ destination, text }) => {
      return [destination, fileState(text)] as const;
    }),
  ),
  qemuConf: fileState('user="qemu"\ngroup="qemu"\ndynamic_ownership=1\n', { mode: 0o600 }),
};
