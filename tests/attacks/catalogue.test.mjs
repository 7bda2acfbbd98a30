// SECURITY.md names the attacks that have a test, and no others. attacksOf() in rig.mjs checks that each of
// them has one.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { SECTIONS } from './catalogue.mjs';
import { SECURITY, withTables } from './tables.mjs';

const at = (path) => new URL(`../../${path}`, import.meta.url);
const rows = Object.values(SECTIONS).flat();

it('the tables of SECURITY.md are those of the catalogue', () => {
  const security = readFileSync(SECURITY, 'utf8');
  for (const { title } of rows) assert.ok(security.includes(`\n| ${title} | `), title);
  assert.equal(security, withTables(security), 'run `node tests/attacks/tables.mjs`');
});

it('each attack has a title of its own and says where it is stopped', () => {
  const titles = rows.map(({ title }) => title);
  assert.deepEqual(titles, [...new Set(titles)]);
  assert.equal(SECTIONS.bypasses.length, 24);
  assert.deepEqual(
    SECTIONS.rfc8725.map(({ title }) => title.split(' ')[0]),
    Array.from({ length: 12 }, (_, index) => `3.${index + 1}`),
  );
  for (const { by } of rows) assert.ok(by.length > 0);
});

it('the files that stop them exist', () => {
  const files = rows.flatMap(({ by }) => [...by.matchAll(/`([\w/]+\.(rs|js))`/g)].map(([, file]) => file));
  assert.ok(files.length > 20);
  for (const file of new Set(files)) assert.ok(existsSync(at(`src/${file}`)), file);
});

it('every section has its file', () => {
  for (const name of Object.keys(SECTIONS))
    assert.match(readFileSync(at(`tests/attacks/${name}.test.mjs`), 'utf8'), new RegExp(`attacksOf\\('${name}'`));
});
