import { main } from '../runtime/main.ts';
import { installation } from './installation.ts';

// Only bundled to one CommonJS file: there these names are the module's own.
declare const __dirname: string;
declare const require: (path: string) => unknown;

const words = process.argv.slice(2);

// What only units call stands in a file of its own, which is that much less to parse for all others.
if (['prepare', 'adopt', 'stop'].includes(words[0] ?? ''))
  require(`${__dirname}/qemu-launch-service.cjs`);
else process.exitCode = main(installation, words, process.env);
