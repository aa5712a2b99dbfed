import { renderTemplate, type Templates } from './template.ts';

/**
 * Puts the script that treats the live node in place of the line `#DEVICE#`; `percent` is how the
 * text around it writes a percent sign, which rpm expands in scriptlets.
 */
export function insertDeviceScript(
  text: string,
  percent: '%' | '%%',
  templates: Templates,
  values: object,
): string {
  const script = renderTemplate('device.sh.ejs', templates, { ...values, percent });
  // A function, because a replacement text would read `$&` and its like.
  return text.replace('#DEVICE#\n', () => script);
}
