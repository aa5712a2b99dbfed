import { main } from '../runtime/main.ts';

// Only bundled to one CommonJS file: there the two names below are the module's own.
declare const __dirname: string;
declare const __filename: string;
declare const PACKAGE_VERSION: string;

process.exitCode = main(
  {
    version: PACKAGE_VERSION,
    addon: `${__dirname}/native/addon.node`,
    executor: `${__dirname}/native/qemu-exec`,
    self: [process.execPath, __filename],
  },
  process.argv.slice(2),
  process.env,
);
