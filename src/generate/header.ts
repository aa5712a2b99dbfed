/** The comment that opens every generated file: by it the files are known again. */
export function printHeader(version: string, label: string): string {
  return `made by provision generate ${version} for ${label}; may be checked in`;
}

/** Whether this program made the text, whatever its version was. */
export function hasHeader(text: string): boolean {
  return /^# made by provision generate \S+ for \S+; may be checked in\n/.test(text);
}
