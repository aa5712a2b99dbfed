import { hostname } from 'node:os';
import { AppError } from '../../errors.ts';
import { openRoot, type Root } from '../../host/root.ts';
import { auditDocument, verdictOf } from '../../verify/audit-document.ts';
import { printMetrics } from '../../verify/audit-metrics.ts';
import { renderPage } from '../../verify/audit-page.ts';
import { seeOwnProgram } from '../../verify/emulator-file.ts';
import { judgeSurvey } from '../../verify/judge.ts';
import type { AccountNames, Audit } from '../../verify/judgement.ts';
import { readSurvey } from '../../verify/survey.ts';
import { readAccountNames } from '../audit-names.ts';
import { type Context, type GlobalOptions, writeFindings, writeJson } from '../context.ts';
import { printAudit } from '../print-audit.ts';
import { watchAudit } from '../watch-audit.ts';
import { writeDocument } from '../write-document.ts';

export type AuditFormat = 'table' | 'json' | 'prometheus';

export interface AuditOptions extends GlobalOptions {
  readonly format?: AuditFormat;
  readonly html?: string;
  readonly stateDir?: string;
  readonly watch?: true;
  /** Seconds. */
  readonly interval: number;
}

/** Every QEMU process and its rights: 0 none fails, 3 one does, 4 the right to see all of them is missing. */
export async function runAudit(context: Context, options: AuditOptions): Promise<number> {
  const format = chooseFormat(options);
  const root = openRoot(options.root, context.addonFile);
  const names = readAccountNames(root);
  const read = makeReader(root, options, names);
  if (options.watch) return watchAudit(context, { ...options, format, names, read, write });
  const audit = read();
  write(audit);
  print(context, format, audit, names);
  return exitStatus(audit);

  function write(audit: Audit): void {
    const { html } = options;
    // It says which files are open, and for whom.
    if (html !== undefined) writeDocument(html, renderPage(audit, originOf(root)), 0o600);
  }
}

function chooseFormat({ json, format, watch }: AuditOptions): AuditFormat {
  if (json && format !== undefined && format !== 'json')
    throw new AppError('VP_USAGE', `--json and --format ${format} exclude each other`);
  const chosen = json ? 'json' : (format ?? 'table');
  if (watch && chosen === 'prometheus')
    throw new AppError('VP_USAGE', '--watch and --format prometheus exclude each other', {
      hint: 'have a timer write the file again and again',
    });
  return chosen;
}

function makeReader(root: Root, options: AuditOptions, names: AccountNames): () => Audit {
  const prefix = root.path === '/' ? '' : root.path;
  const stateDirectory = options.stateDir ?? `${prefix}/var/lib/virt-privileges`;
  const seen = seeOwnProgram();
  return () => judgeSurvey(readSurvey({ root: prefix, stateDirectory }, seen), names);
}

function originOf(root: Root) {
  const time = new Date().toISOString().replace('T', ' ').slice(0, 19);
  return { host: root.isLive ? hostname() : root.path, time: `${time} UTC` };
}

function print(context: Context, format: AuditFormat, audit: Audit, names: AccountNames): void {
  if (format === 'json') writeJson(context, auditDocument(audit, names));
  else writeFindings(context, audit.findings);
  if (format === 'prometheus') context.writeOut(printMetrics(audit, names));
  if (format === 'table') context.writeOut(printAudit(audit, context.hasColour));
}

function exitStatus(audit: Audit): number {
  if (verdictOf(audit) === 'fail') return 3;
  return audit.hasRights ? 0 : 4;
}
