import type { Claim, ClaimRecord } from '../../src/formats/claim-record.ts';

export function makeClaim(changes: Partial<Claim> = {}): Claim {
  return {
    path: '/srv/disk',
    device: '65024',
    inode: '18446744073709551615',
    node: null,
    handle: '1:aac1',
    mount: { device: '254:0', root: '/', point: '/srv', type: 'ext4' },
    birth: null,
    mode: 0o600,
    from: { uid: 1000, gid: 1000 },
    to: { uid: 107, gid: 107 },
    ...changes,
  };
}

/** A record of a VM that runs, as the ledger holds it. */
export function makeRecord(changes: Partial<ClaimRecord> = {}): ClaimRecord {
  return {
    version: 1,
    name: 'web',
    bootId: 'b1',
    pid: 42,
    startTime: '777',
    runDirectory: '/run/virt-privileges',
    identity: { user: 'qemu', uid: 107, group: 'qemu', gid: 107, groups: [36, 107] },
    verified: true,
    status: { Uid: '107 107 107 107' },
    claims: [],
    timings: { claimed: 12345 },
    ...changes,
  };
}
