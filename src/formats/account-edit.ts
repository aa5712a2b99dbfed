/** A text of passwd, group, shadow or gshadow without the lines of this name; the rest stays byte for byte. */
export function removeAccount(text: string, name: string): string {
  return mapLines(text, (line) => (line.startsWith(`${name}:`) ? null : line));
}

/**
 * A text of group or gshadow where `user` is no member, and no administrator, of the group; of every
 * group without one.
 */
export function removeMember(text: string, user: string, group?: string): string {
  return mapLines(text, (line) => {
    const [name = '', password = '', ...lists] = line.split(':');
    // group has the gid and the members there, gshadow the administrators and the members.
    if (lists.length !== 2 || (group !== undefined && name !== group)) return line;
    return [name, password, ...lists.map((list) => withoutWord(list, user))].join(':');
  });
}

// Lists that do not name the user stay as they are, odd commas and all; a gid is no list of names.
function withoutWord(list: string, user: string): string {
  if (/^[0-9]+$/.test(list)) return list;
  const words = list.split(',');
  return words.includes(user) ? words.filter((word) => word !== user).join(',') : list;
}

// The last line may have no end; a line that goes takes its own along.
function mapLines(text: string, change: (line: string) => string | null): string {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines
    .map((line) => {
      const end = line.endsWith('\n') ? '\n' : '';
      const changed = change(line.slice(0, line.length - end.length));
      return changed === null ? '' : changed + end;
    })
    .join('');
}
