import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { makeDirectory, makeDisk, makeSite, type Site, target } from './launcher.ts';
import { buildProbe } from './probe.ts';

/** A VM that a guest has broken out of, and its neighbour. */
export interface Host {
  readonly site: Site;
  readonly probe: string;
  /** The VM's own disk. */
  readonly disk: string;
  /** What stands in an attempt for the things of the neighbour. */
  readonly things: Readonly<Record<string, string>>;
}

export async function makeHost(context: TestContext): Promise<Host> {
  const site = makeSite(context);
  const neighbour = makeDisk(site, 'neighbour.raw', target);
  chmodSync(neighbour, 0o666);
  const secret = `${site.path}/secret`;
  writeFileSync(secret, 'readable by all');
  const scratch = makeDirectory(`${site.path}/scratch`, 0o777, target);
  const pid = await startNeighbour(context);
  const abstract = `virt-privileges-${process.pid}`;
  const server = createServer().listen(`\0${abstract}`);
  context.after(() => server.close());
  await once(server, 'listening');
  // Of any user, at a place that all see: only the way to it is tried.
  const socket = `${site.path}/socket`;
  const named = createServer().listen({ path: socket, writableAll: true });
  context.after(() => named.close());
  await once(named, 'listening');
  return {
    site,
    probe: buildProbe(site),
    disk: makeDisk(site),
    things: {
      NEIGHBOUR: neighbour,
      SECRET: secret,
      PID: String(pid),
      SCRATCH: scratch,
      ABSTRACT: abstract,
      SOCKET: socket,
    },
  };
}

/** A process of the same user, outside the cell. */
async function startNeighbour(context: TestContext): Promise<number> {
  const ids = [`--reuid=${target.uid}`, `--regid=${target.gid}`, '--clear-groups'];
  const words = [...ids, 'sh', '-c', 'echo; read x'];
  const child = spawn('setpriv', words, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** An attempt with the host's things in it. */
export function fill(attempt: string, things: Host['things']): string {
  return attempt.replace(/[A-Z]{3,}/g, (name) => things[name] ?? name);
}
