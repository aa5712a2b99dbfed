import { AppError } from '../errors.ts';

/** Variables that make Node or the loader run or write what somebody else chose. */
const unsafe = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_COMPILE_CACHE',
  'NODE_V8_COVERAGE',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_ICU_DATA',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'UV_USE_IO_URING',
  'GCONV_PATH',
  'GLIBC_TUNABLES',
  'LOCPATH',
];

/** What a user's own desktop session hands to QEMU; a service has none of it. */
const desktop = [
  'HOME',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'PULSE_SERVER',
];

const shared = ['TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LC_MESSAGES'];

/** Where emulators of the system live; root obeys no other PATH. */
export const systemPath =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Refuses to go on when a variable may already have run somebody's code in
 * this process: nothing that follows could be believed.
 */
export function refuseUnsafeEnvironment(variables: Variables): void {
  const found = Object.keys(variables).filter(isUnsafe);
  if (found.length === 0) return;
  throw new AppError('VP_ENVIRONMENT_UNSAFE', `the environment sets ${found.join(', ')}`, {
    hint: `start it without: env ${found.map((name) => `-u ${name}`).join(' ')} qemu-launch …`,
  });
}

function isUnsafe(name: string): boolean {
  return name.startsWith('LD_') || unsafe.includes(name);
}

/**
 * The whole environment of QEMU: an allow-list and what `--env` adds.
 * `NAME=VALUE` words, sorted by name, as execve takes them.
 */
export function planEnvironment(
  variables: Variables,
  mode: 'system' | 'session',
  added: Readonly<Record<string, string>>,
): readonly string[] {
  const names = mode === 'system' ? shared : [...shared, ...desktop];
  const path = mode === 'system' ? systemPath : (variables['PATH'] ?? systemPath);
  const kept = names.flatMap((name) => {
    const value = variables[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const all: Record<string, string> = { PATH: path, ...Object.fromEntries(kept), ...added };
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
}
