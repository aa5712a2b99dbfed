import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRunner } from '../../../src/verify/doctor/find-runner.ts';
import { statusText } from '../../support/crafted-proc.ts';
import { makeTree } from '../../support/host.ts';

const [github, plain] = ['PATH=/bin\0CI=true\0GITHUB_ACTIONS=true\0', 'PATH=/bin\0'];

for (const [name, environments, runner] of [
  ['none', [plain, plain], null],
  ['its own', [github, plain], 'GitHub Actions'],
  ['that of a process above sudo', [plain, plain, github], 'GitHub Actions'],
  ['one that nobody knows', ['CI=1\0'], 'a CI service'],
  ['switched off', ['CI=false\0GITLAB_CI=\0'], null],
  ['a variable that only begins so', ['CIRCLECITY=1\0XCI=true\0'], null],
  ['what may not be read', [plain, null, github], 'GitHub Actions'],
] as const) {
  test(`a CI service: ${name}`, (context) => {
    const files = environments.flatMap((text, index) => {
      const base = `proc/${7 + index}`;
      const ppid = index + 1 < environments.length ? 8 + index : 0;
      const status = [`${base}/status`, statusText({ PPid: String(ppid) })] as const;
      return text === null ? [status] : [status, [`${base}/environ`, text] as const];
    });
    const root = makeTree(context, Object.fromEntries(files));
    assert.equal(findRunner(`${root}/proc`, 7), runner);
  });
}
