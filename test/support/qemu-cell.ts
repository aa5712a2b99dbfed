import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { call, emulator, makeDirectory, makeSite, siteWords, target } from './launcher.ts';
import { words } from './qemu-args.ts';
import {
  isTakenBy,
  quit,
  readyAndQuit,
  runHere,
  type Shape,
  type ShapeTests,
  versionOf,
} from './qemu-trace.ts';
import { rootOnly } from './scratch.ts';
import { needs, runTool } from './tool.ts';

/** Starts the real emulator with each line by the launcher, as somebody who has nothing but the line's files. */
export function testInCell(shapes: readonly Shape[], makeFiles: ShapeTests['makeFiles']): void {
  const skip = needs(emulator).skip || rootOnly.skip;
  for (const shape of shapes) {
    test(`the emulator starts in its cell: ${shape.line}`, { skip }, (context) => {
      startInCell(context, shape, makeFiles);
    });
  }
}

/** What this machine, or the target of the tests, has not; in the target's own directory no link is followed. */
const refused =
  /error: (\S+ does not exist|\S+ cannot be given to QEMU: \S+ is a link|user \d+ lacks read permission on \/dev\/\S+|-readconfig: .* belongs to another user)/;

function startInCell(context: TestContext, shape: Shape, makeFiles: ShapeTests['makeFiles']): void {
  const site = makeSite(context);
  const directory = makeDirectory(`${site.path}/files`, 0o700);
  if (!isTakenBy(versionOf(directory, runHere), shape)) {
    context.skip('another version of the emulator takes this line');
    return;
  }
  const server = createServer().listen(`${directory}/listening.sock`);
  context.after(() => server.close());
  makeFiles(directory, shape.line);
  runTool('chown', ['-R', `${target.uid}:${target.gid}`, directory]);
  const argv = words(shape.line.replaceAll('@/', `${directory}/`));
  const allowed = (shape.allow ?? []).flatMap((path) => {
    return ['--allow', `${resolve(directory, path)}:rw`];
  });
  const all = siteWords(site, 'run', ...allowed, '--', emulator, ...readyAndQuit, ...argv);
  const { status, stdout, stderr } = call(all, { cwd: directory, input: quit });
  const reason = refused.exec(stderr)?.[1];
  if (status === 125 && reason !== undefined) {
    context.skip(reason);
    return;
  }
  assert.deepEqual([status, /"SHUTDOWN"/.test(stdout)], [0, true], stderr);
}
