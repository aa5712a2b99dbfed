import { join } from 'node:path';
import { loadNative } from '../../src/runtime/native.ts';
import { projectRoot } from './scratch.ts';

export const executorPath = join(projectRoot, 'dist/native/qemu-exec');

/** The real addon, as it was built. */
export const native = loadNative(join(projectRoot, 'dist/native/addon.node'));
