// `npm run dist [-- --out DIR] [--target ID]`: the archives and the spec that rpmbuild makes the packages from.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'archives') }, target: { type: 'string' } },
});
await setUp();
const { makeArchives } = await import('./archives.mjs');
const out = resolve(values.out);
const { target } = values;
for (const name of await makeArchives(out, target === undefined ? {} : { target }))
  console.log(join(out, name));
console.error(
  `dist: build them with: rpmbuild -ba --define '_sourcedir ${out}' ${join(out, 'virt-privileges.spec')}`,
);
