// Brings a fresh machine to the point where the project runs: system packages, npm packages, build.
// Only built-in modules here: nothing is installed yet when this starts.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installCommands, missingPackages } from './requirements.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const isRoot = process.getuid() === 0;

/** Installs, downloads and builds what is missing; a second call finds nothing to do but the build. */
export async function setUp() {
  requireNode();
  cleanEnvironment();
  installSystemPackages();
  installNodePackages();
  const { buildNative, buildPrograms } = await import('./build.mjs');
  buildNative();
  await buildPrograms();
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Node ${process.versions.node} is too old: 20.19 or newer is needed`);
}

// These reach every program started from here: none may load code or slow Node's start.
function cleanEnvironment() {
  for (const name of ['NODE_OPTIONS', 'NODE_PATH', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE']) {
    delete process.env[name];
  }
}

function installSystemPackages() {
  const packages = missingPackages();
  if (packages.length === 0) return;
  const commands = installCommands(packages);
  if (!isRoot) {
    const text = commands.map((words) => `sudo ${words.join(' ')}`).join(' && ');
    stop(`these packages are missing: ${packages.join(' ')}\ninstall them with:\n  ${text}`);
  }
  const giveBack = rememberOwner('/dev/kvm');
  // For an installation that fails, which ends this process.
  process.on('exit', giveBack);
  for (const words of commands) install(words);
  giveBack();
  process.off('exit', giveBack);
  const still = missingPackages();
  if (still.length > 0) stop(`still missing after the installation: ${still.join(' ')}`);
}

function install([program, ...words]) {
  say(`${program} ${words.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run(program, words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

// Packages of udev and systemd set owner and mode of the node, which belong to whoever owns the machine.
function rememberOwner(path) {
  const before = statSync(path, { throwIfNoEntry: false });
  return () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined || now.rdev !== before?.rdev) return;
    if (now.uid === before.uid && now.gid === before.gid && now.mode === before.mode) return;
    chownSync(path, before.uid, before.gid);
    chmodSync(path, before.mode & 0o7777);
    say(`${path} has its owner and mode back`);
  };
}

// The lock file's own hash tells whether what is installed is what is wanted.
function installNodePackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const mark = join(root, 'node_modules/.installed-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  say('npm ci');
  run('npm', ['ci', '--no-audit', '--no-fund'], { stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(mark, wanted);
}

function run(program, words, options) {
  try {
    execFileSync(program, words, { cwd: root, ...options });
  } catch (error) {
    stop(`${program} failed (${error.status ?? error.code}): ${program} ${words.join(' ')}`);
  }
}

export function say(text) {
  console.error(`set-up: ${text}`);
}

function stop(text) {
  console.error(`set-up: error: ${text}`);
  process.exit(4);
}
