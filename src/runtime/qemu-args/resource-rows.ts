import type { ResourceKind } from './host-path.ts';
import { resourceTable } from './resource-table.ts';

/** One property of an option that names a path of the host, or a node that the option opens without naming it. */
export interface ResourceRow {
  /** The option's canonical name: `netdev` for -nic and -net, `audiodev` for -audio, `fsdev` for -virtfs. */
  readonly option: string;
  /** The option's drivers: names that `|` separates, a last `*` stands for any end. */
  readonly driver: string;
  /** Empty: no property names the path. */
  readonly key: string;
  /** The path where the property is left out; null: none. A last `*`: every node of such a name. */
  readonly fallback: string | null;
  readonly kind: ResourceKind;
  readonly access: 'ro' | 'rw';
  readonly flags: readonly string[];
}

/** A line of the table: `name`: whatever the property looks like, it is no path of the host. */
export type TableRow = Omit<ResourceRow, 'kind'> & { readonly kind: ResourceKind | 'name' };

const sameRows = new Map([
  ['nic', 'netdev'],
  ['net', 'netdev'],
  ['audio', 'audiodev'],
  ['virtfs', 'fsdev'],
]);

/** What is known of an option with one driver. */
export interface DriverRows {
  /** What it opens. */
  readonly rows: readonly ResourceRow[];
  /** The properties that are understood, texts that are no paths among them. */
  readonly keys: ReadonlySet<string>;
}

/** What is known of an option with this driver. */
export function rowsOf(option: string, driver: string): DriverRows {
  const name = `${option} ${driver}`;
  const known = answers.get(name);
  if (known !== undefined) return known;
  const found = findRows(sameRows.get(option) ?? option, driver);
  answers.set(name, found);
  return found;
}

// The same few drivers come again and again.
const answers = new Map<string, DriverRows>();

function findRows(option: string, driver: string): DriverRows {
  const rows: ResourceRow[] = [];
  const keys = new Set<string>();
  linesOf(option).forEach((line) => {
    // Most are of drivers that begin with another letter.
    if (line[0] !== driver[0] && line[0] !== '*' && !line.includes('|')) return;
    if (!matches(line.slice(0, line.indexOf(' ')), driver)) return;
    const row = parseRow(option, line);
    keys.add(row.key);
    if (isResource(row)) rows.push(row);
  });
  return { rows, keys };
}

function isResource(row: TableRow): row is ResourceRow {
  return row.kind !== 'name';
}

function linesOf(option: string): readonly string[] {
  const known = lines.get(option);
  if (known !== undefined) return known;
  const found = Object.hasOwn(resourceTable, option)
    ? (resourceTable[option] ?? '').trim().split('\n')
    : [];
  lines.set(option, found);
  return found;
}

const lines = new Map<string, readonly string[]>();

function matches(pattern: string, driver: string): boolean {
  if (pattern === driver || pattern === '*') return true;
  if (!pattern.includes('|')) return matchesStart(pattern, driver);
  return pattern.split('|').some((name) => name === driver || matchesStart(name, driver));
}

function matchesStart(name: string, driver: string): boolean {
  return name.endsWith('*') && driver.startsWith(name.slice(0, -1));
}

function parseRow(option: string, line: string): TableRow {
  // By their places: to take a list apart by names costs a start more than the rest of this.
  const words = line.split(' ');
  const property = words[1]?.split('=') ?? [];
  return {
    option,
    driver: words[0],
    key: property[0],
    fallback: property[1] ?? null,
    kind: words[2],
    access: words[3],
    flags: words.slice(4),
  } as TableRow;
}

/** Every row, for the test that compares the documentation. */
export function allRows(): readonly TableRow[] {
  return Object.keys(resourceTable).flatMap((option) =>
    linesOf(option).map((line) => parseRow(option, line)),
  );
}
