import { type AccountProvide, accountProvides } from './account-provides.ts';
import { fragmentBlueprints } from './blueprints.ts';
import type { Layout, PayloadFile } from './payload.ts';
import type { TemplateValues } from './template-values.ts';

/** What the spec fragments and the example spec can use besides the values of every template. */
export function specValues(
  installed: readonly PayloadFile[],
  { target, mode }: TemplateValues,
  { layout, version }: { readonly layout: Layout; readonly version: string },
) {
  const sources = [...installed.map(({ name }) => name), ...fragmentNames];
  return {
    // A dash cannot stand in an rpm version, and a tilde sorts a pre-release below its release.
    version: version.replace('-', '~').replaceAll('-', '.'),
    shortMode: mode.replace(/^0/, ''),
    rulesDirectory: target.rulesDirectory.replace(/^\/usr\//, '%{_prefix}/'),
    installed: installed.map((file) => specFile(file, layout)),
    provides: providesOf(installed),
    sources: sources.map((name, index) => ({ name, tag: `Source${index}:`.padEnd(16) })),
    fragments: Object.fromEntries(
      fragmentNames.map((name) => [partOf(name), sources.indexOf(name)]),
    ),
  };
}

const fragmentNames = fragmentBlueprints
  .filter(({ role }) => role === 'fragment')
  .map((f) => f.name);

function partOf(fragment: string): string {
  return fragment.replace(/^virt-privileges-(.*)\.inc$/, '$1');
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
  return { name, mode, path, directive: layout === 'etc' ? '%config(noreplace) ' : '' };
}

function specDirectory(role: PayloadFile['role'], layout: Layout): string {
  if (isSysusers(role)) return layout === 'etc' ? '%{_sysconfdir}/sysusers.d' : '%{_sysusersdir}';
  if (role === 'tmpfiles')
    return layout === 'etc' ? '%{_sysconfdir}/tmpfiles.d' : '%{_tmpfilesdir}';
  return layout === 'etc' ? '%{_sysconfdir}/udev/rules.d' : '%{_udevrulesdir}';
}
