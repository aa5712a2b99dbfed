import { dirname } from 'node:path';
import type { AppError } from '../../errors.ts';
import { absolutePath } from '../qemu-args/file-name.ts';
import type { HostPath } from '../qemu-args/host-path.ts';
import { hasProtocol, refusedReference } from './backing.ts';
import type { DataFileName } from './bytes.ts';

export interface DataFileRules {
  /** Where QEMU starts. */
  readonly directory: string;
  /** The access that somebody granted by naming the path outside of any image; null: nobody has. */
  readonly accessTo: (path: string) => 'ro' | 'rw' | null;
}

/**
 * The file in which an image keeps its data, which QEMU opens as it opens the image. An image could name any file
 * there, to have it written: it counts only if somebody else names it too. Throws VP_IMAGE_REFERENCE.
 */
export function planDataFile(image: HostPath, data: DataFileName, rules: DataFileRules): HostPath {
  if (data.name === null) throw unnamed();
  // QEMU before 9.1 obeyed json: there (CVE-2024-4467); no plain file name has a protocol.
  if (hasProtocol(data.name)) throw refusedReference(`its data file is named '${data.name}'`);
  const base = data.base === 'image' ? dirname(image.path) : rules.directory;
  const path = absolutePath(base, data.name);
  const granted = rules.accessTo(path);
  if (granted === null || (granted === 'ro' && image.access === 'rw')) throw ungranted(path, image);
  return {
    path,
    kind: 'data-file',
    access: image.access,
    shared: image.shared,
    created: false,
    optional: false,
    from: [`image ${image.path}`],
    fromImage: true,
    // An extent's own descriptor counts for nothing but its extents.
    ...(data.format === 'vmdk'
      ? { images: [{ format: 'vmdk', hasBacking: true, hasDataFile: false, offset: 0 }] }
      : {}),
  };
}

function unnamed(): AppError {
  return refusedReference(
    'it keeps its data in another file and does not say in which',
    'name that file as data-file= of -blockdev',
  );
}

function ungranted(path: string, { access }: HostPath): AppError {
  const suffix = access === 'rw' ? ':rw' : '';
  return refusedReference(
    `it keeps its data in ${path}, which nothing but the image names`,
    `give it to QEMU with --claim ${path}, or let QEMU use it as it is with --allow ${path}${suffix}`,
  );
}
