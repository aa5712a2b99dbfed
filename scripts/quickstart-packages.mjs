// The packager's half of the quickstart: generate, build the RPM, apply to an image root.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const provision = join(root, 'dist/provision.mjs');

export function heading(text) {
  console.log(`\n== ${text}`);
}

/** Runs a program, shows how it was called, returns what it printed. */
export function call(program, words, options = {}) {
  console.log(`$ ${[program, ...words].join(' ')}`);
  return execFileSync(program, words, { encoding: 'utf8', ...options });
}

/** Generates for this host's release and for fedora-44; returns the host's target id. */
export function showGenerate(scratch) {
  heading('Generate: accounts, udev rule, qemu.conf, spec fragments');
  const host = hostTarget();
  for (const target of new Set([host, 'fedora-44'])) {
    const out = join(scratch, target);
    call(process.execPath, [provision, 'generate', '--target', target, '--out', out]);
    console.log(readdirSync(out).sort().join('\n'));
  }
  const rule = readdirSync(join(scratch, host)).find((name) => name.endsWith('.rules'));
  console.log(
    `\n${rule} for ${host}:\n${readFileSync(join(scratch, host, rule), 'utf8').trimEnd()}`,
  );
  return host;
}

// A release that the table does not know yet has no files of its own: the nearest reference stands in.
function hostTarget() {
  const text = readFileSync('/etc/os-release', 'utf8');
  const field = (name) => text.match(new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm'))?.[1] ?? '';
  const wanted = `${field('ID')}-${field('VERSION_ID')}`;
  const { targets } = JSON.parse(
    execFileSync(process.execPath, [provision, 'targets', '--json'], { encoding: 'utf8' }),
  );
  if (targets.some(({ id }) => id === wanted)) return wanted;
  console.log(`${wanted} is not in the table of targets yet: debian-12 stands in for it`);
  return 'debian-12';
}

/** Builds the generated example spec with the real rpmbuild and shows what the package holds. */
export function showBuild(scratch, host) {
  heading('Build the packages with rpmbuild');
  for (const target of new Set([host, 'fedora-44'])) {
    const sources = join(scratch, target);
    const top = join(scratch, `rpmbuild-${target}`);
    const defines = [`_sourcedir ${sources}`, `_topdir ${top}`, `_dbpath ${top}/db`].flatMap(
      (text) => ['--define', text],
    );
    const log = call('rpmbuild', ['-ba', ...defines, join(sources, 'virt-privileges-host.spec')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const built = [...log.matchAll(/^Wrote: (.*\.noarch\.rpm)$/gm)].map(([, path]) => path);
    if (built.length !== 1) throw new Error(`rpmbuild wrote no package for ${target}:\n${log}`);
    console.log(call('rpm', ['-qlvp', '--dbpath', `${top}/db`, built[0]]).trimEnd());
  }
}

/** Applies the policy to a throwaway image root that starts with this host's accounts. */
export function showApply(scratch) {
  heading('Apply the policy to an image root');
  const image = join(scratch, 'root');
  mkdirSync(join(image, 'etc'), { recursive: true });
  for (const file of ['os-release', 'passwd', 'group', 'shadow', 'gshadow']) {
    copyFileSync(join('/etc', file), join(image, 'etc', file));
  }
  process.stdout.write(call(process.execPath, [provision, 'apply', '--root', image]));
  process.stdout.write(call(process.execPath, [provision, 'status', '--root', image]));
}
