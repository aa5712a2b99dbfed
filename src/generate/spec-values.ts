import { type AccountProvide, accountProvides } from './account-provides.ts';
import type { FragmentInput } from './fragments.ts';
import type { GenerateOptions } from './options.ts';
import type { Layout, PayloadFile } from './payload.ts';

/** What the spec fragments and the example spec can use besides the values of every template. */
export function specValues(
  { values: { target, mode }, installed, sources }: FragmentInput,
  { layout, delivery, version }: GenerateOptions,
) {
  return {
    delivery,
    // A dash cannot stand in an rpm version, and a tilde sorts a pre-release below its release.
    version: version.replace('-', '~').replaceAll('-', '.'),
    // The day on which the form of the example last changed: one of today would be another every day.
    changelogDate: 'Sun Nov 01 2026',
    shortMode: mode.replace(/^0/, ''),
    definitions: [
      ['_sysusersdir', '%{_prefix}/lib/sysusers.d'],
      ['_tmpfilesdir', '%{_prefix}/lib/tmpfiles.d'],
      ['_udevrulesdir', withMacros(target.rulesDirectory)],
      ['_unitdir', '%{_prefix}/lib/systemd/system'],
      ['_presetdir', '%{_prefix}/lib/systemd/system-preset'],
    ].map(([name, value]) => `%{!?${name}:%global ${name} ${value}}`),
    // A spec takes the files from its sources, the macros of rpm/macros.virt-privileges from their package.
    source: '%{!?virt_privileges_source:%{_sourcedir}}%{?virt_privileges_source}',
    installed: installed.map((file) => specFile(file, layout)),
    hasUnits: installed.some(({ role }) => role === 'unit'),
    provides: providesOf(installed),
    sources: sources.map((name, index) => ({ name, tag: `Source${index}:`.padEnd(16) })),
    sourceOf: Object.fromEntries(sources.map((name, index) => [name, index])),
  };
}

function withMacros(path: string): string {
  return path.replace(/^\/usr\//, '%{_prefix}/').replace(/^\/etc\//, '%{_sysconfdir}/');
}

function providesOf(installed: readonly PayloadFile[]) {
  const text = installed.filter(({ role }) => isSysusers(role)).map((file) => file.text);
  const provides = accountProvides(text.join(''));
  return {
    accounts: provides.filter(({ kind }) => kind !== 'groupmember').map(textOf),
    members: provides.filter(({ kind }) => kind === 'groupmember').map(textOf),
  };
}

function isSysusers(role: PayloadFile['role']): boolean {
  return role === 'sysusers' || role === 'members';
}

function textOf({ text }: AccountProvide): string {
  return text;
}

function specFile({ name, mode, role, destination }: PayloadFile, layout: Layout) {
  const base = (destination ?? '').split('/').at(-1) ?? '';
  const path = `${specDirectory(role, layout)}/${base}`;
  const isConfiguration = destination?.startsWith('/etc/') === true;
  return { name, mode, path, directive: isConfiguration ? '%config(noreplace) ' : '' };
}

function specDirectory(role: PayloadFile['role'], layout: Layout): string {
  if (role === 'unit') return '%{_unitdir}';
  if (role === 'preset') return '%{_presetdir}';
  if (isSysusers(role)) return layout === 'etc' ? '%{_sysconfdir}/sysusers.d' : '%{_sysusersdir}';
  if (role === 'tmpfiles')
    return layout === 'etc' ? '%{_sysconfdir}/tmpfiles.d' : '%{_tmpfilesdir}';
  return layout === 'etc' ? '%{_sysconfdir}/udev/rules.d' : '%{_udevrulesdir}';
}
