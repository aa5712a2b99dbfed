import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { isRoot, rootOnly } from './scratch.ts';
import { needs, runTool } from './tool.ts';

export const needsAcl = isRoot ? needs('setfacl') : rootOnly;

/** Owner, mode and list of a directory or file. */
export type Rights = readonly [uid: number, gid: number, mode: number, acl?: string];

export function setRights(path: string, [uid, gid, mode, acl]: Rights): void {
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  if (acl === undefined) return;
  const result = runTool('setfacl', ['-n', '-m', acl, path]);
  assert.equal(result.status, 0, result.stderr);
}
