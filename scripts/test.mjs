// `npm test`: set-up, then types, lint and every test; the end counts what was skipped, and why.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { root, say, setUp } from './setup.mjs';

// Biome colours what nobody sees as well.
const colours = process.stdout.isTTY ? [] : ['--colors=off'];

await setUp();
// Node 20 parses this file at each start: it would only slow every program that a test starts.
delete process.env.NODE_EXTRA_CA_CERTS;
// A test that was renamed must not run on under its old name.
rmSync(join(root, 'build'), { recursive: true, force: true });
check('types', 'node_modules/typescript/bin/tsc', ['-p', '.']);
check('lint and format', 'node_modules/@biomejs/biome/bin/biome', [
  'ci',
  '--error-on-warnings',
  ...colours,
]);
await runTests(process.argv.slice(2));

function check(what, program, words) {
  say(`${what}`);
  try {
    execFileSync(process.execPath, [join(root, program), ...words], {
      cwd: root,
      stdio: 'inherit',
    });
  } catch {
    console.error(`test: error: ${what} failed`);
    process.exit(1);
  }
}

function listTests(directory) {
  return readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(directory, name))
    .sort();
}

async function runTests(wanted) {
  const files = listTests(join(root, 'build/test')).filter((file) => {
    return wanted.length === 0 || wanted.some((word) => file.includes(word));
  });
  const counts = { passed: 0, failed: 0, skipped: [] };
  const events = run({ files, concurrency: 2, timeout: 600_000 });
  events.on('test:pass', (event) => count(event, counts));
  events.on('test:fail', () => {
    counts.failed += 1;
  });
  events.compose(spec).pipe(process.stdout);
  await new Promise((resolve) => events.on('end', resolve));
  report(counts);
}

function count(event, counts) {
  if (event.details.type === 'suite') return;
  if (event.skip === undefined) counts.passed += 1;
  else
    counts.skipped.push(`${event.name}: ${event.skip === true ? 'no reason given' : event.skip}`);
}

function report({ passed, failed, skipped }) {
  for (const line of skipped) console.log(`SKIPPED ${line}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
