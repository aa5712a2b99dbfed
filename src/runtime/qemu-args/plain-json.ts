import type { Json, JsonObject } from './json.ts';

/**
 * An object as libvirt writes it, many times faster than character by character; null: another spelling, or not
 * JSON at all. What the platform's parser reads and its printer prints again in the same words says no key twice,
 * and without escapes it holds no character that QEMU refuses. The caller sees to the depth.
 */
export function parsePlainJson(text: string): JsonObject | null {
  if (text.includes('\\')) return null;
  try {
    const value: Plain = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && JSON.stringify(value) === text ? asMap(value as PlainObject) : null;
  } catch {
    return null;
  }
}

type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;

interface PlainObject {
  readonly [key: string]: Plain;
}

function asMap(object: PlainObject): JsonObject {
  const map = new Map<string, Json>();
  for (const [key, value] of Object.entries(object)) map.set(key, asJson(value));
  return map;
}

function asJson(value: Plain): Json {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map(asJson) : asMap(value as PlainObject);
}
