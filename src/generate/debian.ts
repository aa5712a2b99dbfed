import { insertDeviceScript } from './device-script.ts';
import type { FragmentInput } from './fragments.ts';
import type { GenerateOptions } from './options.ts';
import type { PayloadFile } from './payload.ts';
import { specValues } from './spec-values.ts';
import { renderTemplate, type Templates } from './template.ts';

/**
 * What debhelper needs to make a Debian package of the files beside it; none where rpm owns the system
 * or the files are for /etc, which belongs to the administrator.
 */
export function renderDebian(
  input: FragmentInput,
  templates: Templates,
  options: GenerateOptions,
): readonly PayloadFile[] {
  if (input.values.target.debhelper === null || options.layout === 'etc') return [];
  const values = debianValues(input, options);
  return files.map(({ name, template, mode }) => {
    const text = renderTemplate(`debian/${template}.ejs`, templates, values);
    return {
      name: `debian/${name}`,
      role: 'debian',
      mode,
      text: insertDeviceScript(text, '%', templates, values),
      destination: null,
    };
  });
}

const files = [
  { name: 'changelog', template: 'changelog', mode: '0644' },
  { name: 'control', template: 'control', mode: '0644' },
  { name: 'copyright', template: 'copyright', mode: '0644' },
  { name: 'rules', template: 'rules', mode: '0755' },
  { name: 'source/format', template: 'format', mode: '0644' },
  { name: 'virt-privileges-host.postinst', template: 'postinst', mode: '0644' },
  { name: 'virt-privileges-host.prerm', template: 'prerm', mode: '0644' },
] as const;

function debianValues(input: FragmentInput, options: GenerateOptions) {
  const { target } = input.values;
  const sysusers = input.installed.filter(({ role }) => role === 'sysusers' || role === 'members');
  return {
    ...input.values,
    ...specValues(input, options),
    installed: input.installed,
    sysusers: sysusers.map(({ destination }) => (destination ?? '').split('/').at(-1)),
    debhelper: target.debhelper,
  };
}
