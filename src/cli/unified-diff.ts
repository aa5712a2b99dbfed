import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** A file as it is and as it would be; null where there is none. */
export interface TextChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A unified diff as `diff -u` and `git apply` write it; empty when nothing differs. */
export function printUnifiedDiff({ name, before, after }: TextChange): string {
  if (before === after) return '';
  const from = before === null ? '/dev/null' : `a/${name}`;
  const to = after === null ? '/dev/null' : `b/${name}`;
  return createTwoFilesPatch(from, to, before ?? '', after ?? '', undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
}
