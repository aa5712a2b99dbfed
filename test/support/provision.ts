import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatePayload, type Templates } from '../../src/generate/generate.ts';
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

export function payloadOf(id: string, text?: string, layout: Layout = 'usr'): Payload {
  const options = { layout, version: '1.2.3' };
  return generatePayload(policyOf(id, text).policy, target(id), templates, options);
}

/** The text of one file of a payload. */
export function textOf(payload: Payload, name: string): string {
  const file = payload.files.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no file ${name} in the payload`);
  return file.text;
}
