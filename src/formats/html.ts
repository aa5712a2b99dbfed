const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Any text as text of an HTML or XML document, in an element or a quoted attribute. What is not seen, or turns the
 * direction of writing, is shown as its code: a name must not look like another one.
 */
export function escapeHtml(text: string): string {
  return text.replace(hidden, showCode).replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

// Controls, format characters, surrogates without a partner, code points that are no characters.
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\u2028\u2029]/gu;

function showCode(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
