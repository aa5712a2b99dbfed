import { resolve } from 'node:path';
import { type Options, usage } from './options.ts';

/** Every value of a repeatable option. */
export function texts(options: Options, name: string): readonly string[] {
  return options.texts[name] ?? [];
}

/** The value of an option that counts once: the last. */
export function lastText(options: Options, name: string): string | null {
  return texts(options, name).at(-1) ?? null;
}

/** The same as an absolute path; VP_USAGE for an empty one. */
export function lastPath(options: Options, name: string): string | null {
  const text = lastText(options, name);
  return text === null ? null : path(text, name);
}

/** Every value as an absolute path; VP_USAGE for an empty one. */
export function paths(options: Options, name: string): readonly string[] {
  return texts(options, name).map((text) => path(text, name));
}

/** What all commands take. */
export function directories(options: Options) {
  return {
    stateDirectory: lastPath(options, 'state-dir'),
    runDirectory: lastPath(options, 'run-dir'),
    json: options.flags.includes('json'),
  };
}

function path(text: string, name: string): string {
  if (text === '') throw usage(`--${name} wants a path`);
  return resolve(text);
}
