import { serviceMain } from '../runtime/service/main.ts';
import { installation } from './installation.ts';

process.exitCode = serviceMain(installation, process.argv.slice(2), process.env);
