/** A text as one word of a shell command, in quotes where it needs them; control characters as `$'\xNN'`, so that it can be shown and copied. */
export function printShellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  return `$'${text.replace(/[\\'\u0000-\u001f\u007f-\u009f]/g, escapeCharacter)}'`;
}

function escapeCharacter(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`;
  const number = character.charCodeAt(0).toString(16);
  return number.length < 2 || character < '\u0080'
    ? `\\x${number.padStart(2, '0')}`
    : `\\u00${number}`;
}
