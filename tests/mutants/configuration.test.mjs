// The configuration of the mutation tests names only files and functions that exist.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { root } from '../../scripts/tools.mjs';

const text = readFileSync(join(root, '.cargo', 'mutants.toml'), 'utf8');
const list = (name, quote) => {
  const body = text.split(`\n${name} = [\n`)[1].split('\n]\n')[0];
  return [...body.matchAll(new RegExp(`^  ${quote}(.*)${quote},$`, 'gm'))].map(([, item]) => item);
};
// Words of cargo-mutants itself.
const ITS_WORDS = new Set([
  'arm',
  'delete',
  'expression',
  'field',
  'from',
  'guard',
  'in',
  'match',
  'replace',
  'struct',
  'true',
  'false',
  'with',
]);

it('what it leaves out exists', () => {
  const globs = list('exclude_globs', '"');
  assert.ok(globs.includes('src/edge/**'));
  for (const glob of globs) assert.ok(existsSync(join(root, glob.replace(/\/\*\*$/, ''))), glob);
});

it('each mutant that counts as equivalent is of a line that is still there', () => {
  const exclusions = list('exclude_re', "'");
  assert.ok(exclusions.length > 0);
  for (const exclusion of exclusions) {
    const [, file, mutant] = /^(src\/[\w/]+\\\.rs):(.*)$/.exec(exclusion) ?? [];
    assert.ok(file, `${exclusion} begins with a file`);
    const source = readFileSync(join(root, file.replace('\\', '')), 'utf8');
    const words = mutant.match(/[A-Za-z_]\w*/g).filter((word) => !ITS_WORDS.has(word));
    assert.ok(words.length > 0 || mutant.endsWith('$'), `${exclusion} names a function or is that of a constant`);
    for (const word of words) assert.match(source, new RegExp(`\\b${word}\\b`), exclusion);
  }
});
