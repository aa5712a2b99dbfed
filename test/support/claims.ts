import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ClaimRecord } from '../../src/formats/claim-record.ts';
import type { Site } from './launcher.ts';

/** The files of the records, in the order of the names. */
export function listRecords(site: Site): readonly string[] {
  const path = `${site.state}/claims`;
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort();
}

/** The record of a VM as it stands; null when there is none. */
export function recordOf(site: Site, name: string): ClaimRecord | null {
  try {
    return JSON.parse(readFileSync(`${site.state}/claims/${name}.json`, 'utf8'));
  } catch {
    return null;
  }
}

export function editRecord(site: Site, name: string, changes: Partial<ClaimRecord>): void {
  const path = `${site.state}/claims/${name}.json`;
  writeFileSync(path, JSON.stringify({ ...recordOf(site, name), ...changes }));
}
