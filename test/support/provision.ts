import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type GenerateOptions,
  generatePayload,
  generateUnion,
  type Templates,
} from '../../src/generate/generate.ts';
import type { Layout, Payload } from '../../src/generate/payload.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/parse-policy.ts';
import type { EffectivePolicy } from '../../src/policy/policy.ts';
import type { Target } from '../../src/targets/target.ts';
import { findTarget, parseTargets } from '../../src/targets/targets.ts';
import { projectRoot } from './scratch.ts';

const targetsFile = join(projectRoot, 'src/targets/targets.yaml');
const templatesDirectory = join(projectRoot, 'templates');

/** The table of targets as it is shipped. */
export const targetsText = readFileSync(targetsFile, 'utf8');
export const targets = parseTargets(targetsText, 'targets.yaml');

/** The templates as they are shipped. */
export const templates: Templates = Object.fromEntries(
  readdirSync(templatesDirectory, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ejs'))
    .map((name) => [name, readFileSync(join(templatesDirectory, name), 'utf8')]),
);

export function target(id: string): Target {
  return findTarget(targets, id);
}

/** The policy of a file with this text; without a text, of a host without the file. */
export function policyOf(id: string, text?: string): EffectivePolicy {
  return text === undefined
    ? defaultPolicy(target(id))
    : parsePolicy(text, 'policy.yaml', target(id));
}

export function payloadOf(
  id: string,
  text?: string,
  layout: Layout = 'usr',
  delivery: GenerateOptions['delivery'] = 'include',
): Payload {
  const choice = { target: target(id), policy: policyOf(id, text).policy };
  return generatePayload(choice, templates, { layout, delivery, version: '1.2.3' });
}

/** The one set for every target that rpm builds for. */
export function unionOf(text?: string, layout: Layout = 'usr'): Payload {
  const choices = targets
    .filter(({ rpmMacro }) => rpmMacro !== null)
    .map((one) => ({ target: one, policy: policyOf(one.id, text).policy }));
  return generateUnion(choices, templates, { layout, delivery: 'include', version: '1.2.3' });
}

/** The text of one file of a payload. */
export function textOf(payload: Payload, name: string): string {
  const file = payload.files.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no file ${name} in the payload`);
  return file.text;
}

/** Writes a payload's files below a directory, which it returns. */
export function writePayload(directory: string, { files }: Payload): string {
  for (const { name, mode, text } of files) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: Number.parseInt(mode, 8) });
  }
  return directory;
}
