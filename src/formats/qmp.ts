/** A line that QEMU's monitor says; QMP is one JSON object on each line. */
export type QmpMessage = Readonly<Record<string, unknown>>;

/** The messages in what has been said so far; a line that is not complete yet, or no object, is none. */
export function parseQmpMessages(text: string): readonly QmpMessage[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').flatMap((line) => {
    const value = parse(line);
    return typeof value === 'object' && value !== null ? [{ ...value }] : [];
  });
}

/** A command as the monitor reads it; its answer bears the id. */
export function printQmpCommand(execute: string, id: string): string {
  return `${JSON.stringify({ execute, id })}\n`;
}

/** Whether the answer of `query-kvm` says that KVM runs this guest; null while there is no answer. */
export function findKvmAnswer(text: string, id: string): { readonly enabled: boolean } | null {
  const answer = parseQmpMessages(text).find((message) => message['id'] === id);
  if (answer === undefined) return null;
  const value = answer['return'];
  const enabled = typeof value === 'object' && value !== null && 'enabled' in value;
  return { enabled: enabled && value.enabled === true };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
