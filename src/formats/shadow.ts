/** One line of shadow(5), without the password: only whether there is one that could be right. */
export interface ShadowEntry {
  readonly name: string;
  readonly isLocked: boolean;
}

/** One line of gshadow(5). */
export interface GroupShadowEntry {
  readonly name: string;
  readonly members: readonly string[];
}

/** The accounts of a shadow file; a hash that no password has starts with `!` or `*`. */
export function parseShadow(text: string): readonly ShadowEntry[] {
  return parseFields(text).map(([name = '', password = '']) => {
    return { name, isLocked: /^[!*]/.test(password) };
  });
}

/** The groups of a gshadow file. */
export function parseGroupShadow(text: string): readonly GroupShadowEntry[] {
  return parseFields(text).map(([name = '', , , members = '']) => {
    return { name, members: members.split(',').filter((member) => member !== '') };
  });
}

function parseFields(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}
