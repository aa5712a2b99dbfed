import { AppError } from '../errors.ts';
import type { Target } from '../targets/target.ts';
import { isVersionWithin } from '../targets/version.ts';
import { insertDeviceScript } from './device-script.ts';
import type { GenerateOptions } from './options.ts';
import type { PayloadFile } from './payload.ts';
import { specValues } from './spec-values.ts';
import { renderTemplate, type Templates } from './template.ts';
import type { TemplateValues } from './template-values.ts';

/** What the fragments and the example spec of one target are made of. */
export interface FragmentInput {
  readonly values: TemplateValues;
  /** The files of this target that are installed. */
  readonly installed: readonly PayloadFile[];
  /** Every file that the spec names as a source, which may be more. */
  readonly sources: readonly string[];
}

/**
 * The fragments that a spec takes in by `%include`, for the delivery as a specpart that part too, and
 * an example spec. Throws VP_USAGE when the target's rpm does not know specparts.
 */
export function renderFragments(
  input: FragmentInput,
  templates: Templates,
  options: GenerateOptions,
): readonly PayloadFile[] {
  const { fragments, spec } = deliveries[options.delivery];
  if (options.delivery === 'specpart') requireSpecparts(input.values.target);
  const sources = [...input.sources, ...fragments.map(({ name }) => name)];
  const values = { ...input.values, ...specValues({ ...input, sources }, options) };
  return [...fragments, spec].map(({ name, role, template }) => {
    const text = renderTemplate(`spec/${template}.ejs`, templates, values);
    const whole = insertDeviceScript(text, '%%', templates, values);
    return { name, role, mode: '0644', text: whole, destination: null };
  });
}

interface SpecBlueprint extends Pick<PayloadFile, 'name' | 'role'> {
  readonly template: string;
}

const parts = ['preamble', 'accounts', 'install', 'device', 'preun', 'postun', 'files'];
const include = parts.map(
  (part): SpecBlueprint => fragment(`virt-privileges-${part}.inc`, `${part}.inc`),
);
const deliveries = {
  include: { fragments: include, spec: spec('host.spec') },
  specpart: {
    fragments: [...include, fragment('virt-privileges-host.specpart', 'host.specpart')],
    spec: spec('specpart.spec'),
  },
};

function fragment(name: string, template: string): SpecBlueprint {
  return { name, role: 'fragment', template };
}

function spec(template: string): SpecBlueprint {
  return { name: 'virt-privileges-host.spec', role: 'spec', template };
}

function requireSpecparts({ id, rpm }: Target): void {
  if (isVersionWithin(rpm, '>=4.20.0')) return;
  throw new AppError('VP_USAGE', `--delivery specpart: ${id} has rpm ${rpm}, which knows none`, {
    hint: 'specparts need rpm 4.20; every rpm takes --delivery include',
  });
}
