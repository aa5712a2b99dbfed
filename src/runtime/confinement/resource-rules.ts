import type { FoundFile } from '../files.ts';
import type { Resource } from '../preflight.ts';
import { type FileRule, ruleOf } from './file-rule.ts';
import {
  fileRights,
  holdRights,
  readRights,
  right,
  treeRights,
  writeRights,
} from './landlock-rights.ts';

/** What QEMU may do with the paths of its command line: each with exactly its access, in `own` what it likes. */
export function planResourceRules(
  resources: readonly Resource[],
  own: string,
): readonly FileRule[] {
  return resources.flatMap((resource) => {
    // What is handed over is open already.
    if (resource.action === 'pass') return planPassed(resource);
    if (resource.path.startsWith(`${own}/`)) return [];
    if (resource.action === 'create') return planCreated(resource);
    // A rule would say nothing: connecting is not among what Landlock knows up to the tested ABI.
    if (resource.kind === 'socket' || resource.found === null) return [];
    return [
      ruleOf(resource.path, resource.found, rightsOf(resource, resource.found)),
      ...more(resource),
    ];
  });
}

// What is handed over needs no rule; a directory that is made for QEMU is QEMU's.
function planPassed({ kind, path }: Resource): readonly FileRule[] {
  return kind === 'memory' ? [{ how: 'path', rights: holdRights, path, found: null }] : [];
}

/** What stands already is opened, a plain file is made by qemu-exec; only for a name of its own does QEMU need the directory. */
function planCreated(resource: Resource): readonly FileRule[] {
  const { path, kind, found, isLink, parent = null } = resource;
  const named = (rights: number): FileRule[] => [{ how: 'name', rights, path, found: parent }];
  // Not to remove one: that right would hold for every file below. qemu-exec removes what an earlier run left.
  if (kind === 'socket') return named(right.makeSocket);
  if (isLink === true) return named(right.makeLink);
  if (found !== null) return [ruleOf(path, found, rightsOf(resource, found))];
  return [{ how: 'file', rights: right.readFile | writeRights, path, found: null }];
}

function rightsOf({ kind, access }: Resource, { type }: FoundFile): number {
  const isDevice = type === 'block' || type === 'character';
  const device = isDevice ? right.deviceControl : 0;
  if (access === 'ro') return readRights | device;
  if (type !== 'directory') return (readRights | writeRights | device) & fileRights;
  if (kind === 'memory') return holdRights;
  return kind === 'filesystem' ? treeRights : readRights;
}

/** What libraries read beside a device: its description in sysfs, the other nodes of its kind. */
function more({ path, kind, found }: Resource): readonly FileRule[] {
  const also = (place: string, rights: number): FileRule => {
    return { how: 'optional', rights, path: place, found: null };
  };
  if (path === '/dev/ptmx')
    return [also('/dev/pts', readRights | right.writeFile | right.deviceControl)];
  const isDescribed = kind === 'host-device' || found?.type === 'block' || described.test(path);
  if (!isDescribed) return [];
  const bus = path.startsWith('/dev/bus/usb/') ? [also('/dev/bus/usb', right.readDirectory)] : [];
  return [...bus, also('/sys', readRights), also('/run/udev', readRights)];
}

const described = /^\/dev\/(?:vfio|dri|snd|iommu|input|tpm)/;
