import { renderFragments } from './fragments.ts';
import { gateFiles } from './gate.ts';
import { isInstalled, renderHostFiles } from './host-files.ts';
import { type Rung, renderLadder } from './ladder.ts';
import { renderManifest } from './manifest.ts';
import type { Choice, GenerateOptions } from './options.ts';
import type { Payload, PayloadFile } from './payload.ts';
import type { Templates } from './template.ts';
import { type TemplateValues, templateValues } from './template-values.ts';
import { nameVariants } from './variants.ts';

/**
 * One set for every target that rpm builds for, a family's oldest first: a file that differs has a
 * variant for each, and conditions in the fragments pick the right one where the spec is built.
 */
export function generateUnion(
  choices: readonly Choice[],
  templates: Templates,
  options: GenerateOptions,
): Payload {
  const releases = distinctReleases(choices);
  const members = nameVariants(releases.map((choice) => renderMember(choice, templates, options)));
  const host = distinctFiles(members.flatMap((member) => member.host));
  const files = [...host, ...renderSpec(members, host, templates, options)];
  const manifest = renderManifest(files, { target: 'all', choices: releases, ...options });
  const findings = members.flatMap(({ choice, host: own }) => gateFiles(own, choice.target));
  return { target: 'all', layout: options.layout, files: [...files, manifest], findings };
}

/** One target's share of the set. */
export interface Member {
  readonly choice: Choice;
  readonly values: TemplateValues;
  readonly host: readonly PayloadFile[];
}

function renderMember(choice: Choice, templates: Templates, options: GenerateOptions): Member {
  const values = templateValues(choice, 'all RPM targets', options.version);
  return { choice, values, host: renderHostFiles(choice, values, templates, options.layout) };
}

// A rebuild is told by the same macro and value as what it rebuilds.
function distinctReleases(choices: readonly Choice[]): readonly Choice[] {
  const releases = new Map<string, Choice>();
  for (const choice of choices) {
    const { rpmMacro, rpmMacroValue } = choice.target;
    const key = `${rpmMacro} ${rpmMacroValue}`;
    if (rpmMacro !== null && !releases.has(key)) releases.set(key, choice);
  }
  return [...releases.values()];
}

// What is installed anywhere is a source everywhere.
function distinctFiles(files: readonly PayloadFile[]): readonly PayloadFile[] {
  const distinct = new Map<string, PayloadFile>();
  for (const file of files) {
    if (isInstalled(file) || !distinct.has(file.name)) distinct.set(file.name, file);
  }
  return [...distinct.values()];
}

function renderSpec(
  members: readonly Member[],
  host: readonly PayloadFile[],
  templates: Templates,
  options: GenerateOptions,
): readonly PayloadFile[] {
  const sources = host.filter(isInstalled).map(({ name }) => name);
  const sets = members.map(({ choice, values, host: own }) => {
    const input = { values, installed: own.filter(isInstalled), sources };
    return { target: choice.target, files: renderFragments(input, templates, options) };
  });
  return (sets[0]?.files ?? []).map((file, index) => {
    const rungs: readonly Rung[] = sets.map(({ target, files }) => {
      return { target, text: files[index]?.text ?? '' };
    });
    return { ...file, text: renderLadder(rungs) };
  });
}
