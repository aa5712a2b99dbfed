import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootedHost, bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import {
  addWords,
  ended,
  installServices,
  mainPid,
  overrideUnit,
  ownOf,
  revertUnit,
  running,
  stateOf,
  takeWords,
  writeFile,
} from '../../support/service-host.ts';

const shown = '/run/virt-privileges/web';
const hidden = '/run/virt-privileges/.services';
const monitor = `${ownOf('web')}/qmp`;
const screen = `${ownOf('web')}/screen`;
const greetings = ['{"QM', 'RFB '];
const denied = ['EACCES', 'EACCES'];

// What is heard first, or why nothing is.
const client = `
const { connect } = require('node:net');
function hear(path) {
  return new Promise((done) => {
    const end = connect(path).setTimeout(20000, () => end.destroy(new Error('silent')));
    end.on('error', ({ code, message }) => done(code ?? message));
    end.on('data', (data) => done(data.toString().slice(0, 4)));
  });
}
const paths = process.argv.slice(2);
Promise.all(paths.map(hear)).then((said) => { console.log(said.join('\\n')); process.exit(); });
`;
const asNeighbour = 'setpriv --reuid=libvirt-qemu --regid=libvirt-qemu --clear-groups';

/** What sockets say to a program of QEMU's user, which no unit and no Landlock holds, or to another. */
function hear(host: BootedHost, paths: readonly string[], wrapper = asNeighbour): string[] {
  const said = outputOf(host, `${wrapper} node /usr/local/lib/hear.cjs ${paths.join(' ')}`);
  return said.split('\n').slice(0, -1);
}

/** The same in a host where QEMU's user may enter what hides them: it tells the layout from anything else that denies. */
function hearOpened(host: BootedHost, paths: readonly string[]): string[] {
  outputOf(host, `chmod 711 ${hidden}`);
  const said = hear(host, paths);
  outputOf(host, `chmod 700 ${hidden}`);
  return said;
}

test('the sockets of a service are its unit’s', needsBootedHost('trixie'), async (context) => {
  const install = `${installServices()}${writeFile('/usr/local/lib/hear.cjs', client)}`;
  const host = await bootHost(context, 'trixie', install);
  outputOf(host, 'provision apply --only accounts');
  addWords(host, 'web', `-vnc unix:${shown}/screen`);

  await context.test('before adopt: who is outside reaches neither monitor nor screen', () => {
    overrideUnit(host, 'web', '[Service]\nExecStartPost=\n');
    outputOf(host, 'systemctl start qemu-vm@web');
    outputOf(host, `until test -S ${monitor} && test -S ${screen}; do sleep 0.05; done`);
    assert.deepEqual(hear(host, [monitor, screen]), denied);
    assert.deepEqual(hear(host, [`${shown}/qmp`, `${shown}/screen`]), ['ENOENT', 'ENOENT']);
    assert.deepEqual(hear(host, [monitor, screen], ''), greetings);
    assert.deepEqual(hearOpened(host, [monitor, screen]), greetings);
    outputOf(host, 'systemctl stop qemu-vm@web');
    assert.deepEqual(stateOf(host, 'web'), ended('web'));
    revertUnit(host, 'web');
  });

  for (const how of ['start', 'restart']) {
    await context.test(`after adopt, ${how}ed: nor then; root does`, () => {
      outputOf(host, `systemctl ${how} qemu-vm@web`);
      assert.deepEqual(stateOf(host, 'web'), running('web'));
      assert.deepEqual(hear(host, [monitor, screen]), denied);
      assert.deepEqual(hear(host, [monitor, screen], ''), greetings);
      assert.deepEqual(hearOpened(host, [monitor, screen]), ['EACCES', 'RFB ']);
      const facts = outputOf(host, `stat -c '%U %a' ${hidden} ${ownOf('web')} ${monitor}`);
      assert.equal(facts, 'root 700\nlibvirt-qemu 700\nroot 600\n');
    });
  }

  await context.test('in another unit they are not there; its own are', () => {
    outputOf(host, 'systemctl start qemu-vm@db');
    const inside = `nsenter --target=${mainPid(host, 'db')} --mount`;
    const theirs = [`${shown}/screen`, screen, '/run/virt-privileges/web.plan'];
    assert.deepEqual(hear(host, theirs, `${inside} ${asNeighbour}`), Array(3).fill('ENOENT'));
    assert.deepEqual(hear(host, theirs, inside), Array(3).fill('ENOENT'));
    assert.deepEqual(hear(host, ['/run/virt-privileges/db/qmp'], inside), ['{"QM']);
    outputOf(host, 'systemctl kill qemu-vm@db; systemctl stop qemu-vm@db');
  });

  await context.test('stopped: nothing is left of them', () => {
    takeWords(host, 'web');
    assert.deepEqual(stateOf(host, 'web'), ended('web'));
    assert.equal(outputOf(host, 'find /run/virt-privileges -mindepth 1'), `${hidden}\n`);
  });
});
