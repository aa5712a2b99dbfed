import { renderDebian } from './debian.ts';
import { renderFragments } from './fragments.ts';
import { gateFiles } from './gate.ts';
import { isInstalled, renderHostFiles } from './host-files.ts';
import { renderManifest } from './manifest.ts';
import type { Choice, GenerateOptions } from './options.ts';
import type { Payload } from './payload.ts';
import type { Templates } from './template.ts';
import { templateValues } from './template-values.ts';

export type { Choice, GenerateOptions } from './options.ts';
export type { Templates } from './template.ts';
export { generateUnion } from './union.ts';

/**
 * Every file for one target: what is installed, qemu.conf as a whole file, what a spec takes in, an
 * example spec, what debhelper needs where dpkg owns the system, and the manifest. The same input
 * gives the same bytes. Throws VP_USAGE when the target's rpm does not know the delivery.
 */
export function generatePayload(
  choice: Choice,
  templates: Templates,
  options: GenerateOptions,
): Payload {
  const { id } = choice.target;
  const values = templateValues(choice, id, options.version);
  const host = renderHostFiles(choice, values, templates, options.layout);
  const installed = host.filter(isInstalled);
  const input = { values, installed, sources: installed.map(({ name }) => name) };
  const files = [
    ...host,
    ...renderFragments(input, templates, options),
    ...renderDebian(input, templates, options),
  ];
  const manifest = renderManifest(files, { target: id, choices: [choice], ...options });
  const findings = gateFiles(files, choice.target);
  return { target: id, layout: options.layout, files: [...files, manifest], findings };
}
