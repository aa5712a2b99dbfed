import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import { type Blueprint, fragmentBlueprints, installedBlueprints } from './blueprints.ts';
import { renderManifest } from './manifest.ts';
import type { Layout, Payload, PayloadFile } from './payload.ts';
import { specValues } from './spec-values.ts';
import { renderTemplate, type Templates } from './template.ts';
import { type TemplateValues, templateValues } from './template-values.ts';

export type { Templates } from './template.ts';

export interface GenerateOptions {
  readonly layout: Layout;
  /** The version of this program, as it stands in headers and in the example spec. */
  readonly version: string;
}

/**
 * Every file for one target: what is installed, qemu.conf as a whole file, the fragments for a spec,
 * an example spec and the manifest. The same input gives the same bytes.
 */
export function generatePayload(
  policy: Policy,
  target: Target,
  templates: Templates,
  options: GenerateOptions,
): Payload {
  const values = templateValues(policy, target, options.version);
  const render = (blueprint: Blueprint, more: object = {}) =>
    renderFile(blueprint, templates, { ...values, ...more });
  const installed = installedBlueprints(policy, target, options.layout).map((file) => render(file));
  const forSpec = specValues(installed, values, options);
  const files = [...installed, ...fragmentBlueprints.map((file) => render(file, forSpec))];
  const manifest = renderManifest(files, { policy, target: target.id, ...options });
  return { target: target.id, layout: options.layout, files: [...files, manifest] };
}

function renderFile(
  { name, role, template, destination }: Blueprint,
  templates: Templates,
  values: TemplateValues,
): PayloadFile {
  const text = renderTemplate(template, templates, values);
  return { name, role, mode: '0644', text, destination };
}
