import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import { payloadOf, textOf } from '../../support/provision.ts';
import { writeFile } from '../../support/service-host.ts';

const run = '/run/virt-privileges';
const view = textOf(payloadOf('debian-13'), 'qemu-vm@.service')
  .split('\n')
  .filter((line) => /^(?:TemporaryFileSystem|Bind|PrivateMounts)/.test(line));

// As `prepare` leaves it, and beside it a neighbour.
const prepare = `
mkdir -p -m 711 ${run}; mkdir -m 700 ${run}/.services ${run}/.services/web ${run}/web ${run}/db
echo plan >${run}/web.plan; echo secret >${run}/web.json; chown -R nobody ${run}/.services/web ${run}/web
`;
const look = [
  `cd ${run}`,
  "stat -c '%%n %%U %%a' *",
  'echo kept >web/file',
  'cat web.plan',
  'for new in web/new other web.plan; do touch $$new 2>/dev/null && echo open; done',
  'true',
];
const said = '/run/said';
const unit = `[Service]
Type=oneshot
User=nobody
StandardOutput=truncate:${said}
${view.join('\n')}
ExecStartPre=+/usr/bin/nsenter --target=1 --mount /bin/sh -euc "${prepare.trim().replaceAll('\n', ';')}"
ExecStart=/bin/sh -c "${look.join(';')}"
`;

for (const release of ['bookworm', 'trixie'] as const) {
  test(
    `what a service sees with systemd of ${release}`,
    needsBootedHost(release),
    async (context) => {
      const install = writeFile('/etc/systemd/system/view@.service', unit);
      const host = await bootHost(context, release, install);
      outputOf(host, 'systemctl start view@web');
      assert.equal(
        outputOf(host, `cat ${said}`),
        'web nobody 700\nweb.plan root 644\nplan\nopen\n',
      );
      assert.equal(
        outputOf(host, `cd ${run}/.services/web; cat file; ls; ls ../../web`),
        'kept\nfile\nnew\n',
      );
      assert.equal(outputOf(host, `ls -A ${run}`), '.services\ndb\nweb\nweb.json\nweb.plan\n');
    },
  );
}
