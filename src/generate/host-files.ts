import { hostBlueprints } from './blueprints.ts';
import type { Choice } from './options.ts';
import type { Layout, PayloadFile } from './payload.ts';
import { renderTemplate, type Templates } from './template.ts';
import type { TemplateValues } from './template-values.ts';

/** The files for a host: what is installed on it, and qemu.conf as a whole file. */
export function renderHostFiles(
  choice: Choice,
  values: TemplateValues,
  templates: Templates,
  layout: Layout,
): readonly PayloadFile[] {
  return hostBlueprints(choice, layout).map(({ name, role, template, destination }) => {
    const text = renderTemplate(template, templates, values);
    return { name, role, mode: '0644', text, destination };
  });
}

/** A package installs it; the others are for people and for building. */
export function isInstalled({ destination }: PayloadFile): boolean {
  return destination !== null;
}
