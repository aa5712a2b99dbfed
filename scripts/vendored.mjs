// The npm packages that a distribution's package of this project bundles: those that the lock file calls production.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every production package of the lock file, sorted by path: where it lies, name, version, licence as its own package.json says. */
export function readVendored(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { version }]) => readPackage(root, path, version))
    .sort((a, b) => compare(a.path, b.path));
}

// What is installed must be what is locked, else the archive would bear other code than its name says.
function readPackage(root, path, locked) {
  const { name, version, license } = JSON.parse(
    readFileSync(join(root, path, 'package.json'), 'utf8'),
  );
  if (version !== locked)
    throw new Error(`${path} is version ${version}, the lock file says ${locked}: run npm ci`);
  if (typeof license !== 'string') throw new Error(`${path}: package.json names no licence`);
  return { path, name, version, license };
}

/** The names that a distribution searches for code it ships twice, as Fedora's own generator writes them. */
export function bundledProvides(vendored) {
  const lines = vendored.map(({ name, version }) => `bundled(nodejs-${name}) = ${version}`);
  return [...new Set(lines)].sort(compare);
}

/** One SPDX expression for the whole: this project's licence and all that it bundles. */
export function bundledLicence(vendored, own) {
  const licences = vendored.map(({ license }) =>
    / OR /.test(license) ? `(${license.replace(/^\(|\)$/g, '')})` : license,
  );
  return [...new Set([own, ...licences])].sort(compare).join(' AND ');
}

/** A table for people: licence, package, version. */
export function licenceTable(vendored) {
  const lines = vendored.map(({ name, version, license }) => `${license}\t${name}\t${version}\n`);
  return [...new Set(lines)].sort(compare).join('');
}

// Not by locale: the order must be the same everywhere.
function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
