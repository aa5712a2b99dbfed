import type { Installation } from '../runtime/commands.ts';

// Only bundled to CommonJS files: there the first name below is the module's own.
declare const __dirname: string;
declare const PACKAGE_VERSION: string;

/** The programs lie beside one another, wherever they are installed. */
export const installation: Installation = {
  version: PACKAGE_VERSION,
  addon: `${__dirname}/native/addon.node`,
  executor: `${__dirname}/native/qemu-exec`,
  waiter: `${__dirname}/native/qemu-wait`,
  self: [process.execPath, `${__dirname}/qemu-launch.cjs`],
};
