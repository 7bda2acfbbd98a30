// Which folder may import from which.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { javaScript } from './files.mjs';

/**
 * The folders from which each folder may import, beside itself. Folders without an entry may import from
 * anywhere.
 */
const ALLOWED = {
  bench: ['scripts', 'sim', 'testing'],
  examples: [],
  scripts: [],
  sim: ['testing'],
  soak: ['scripts', 'sim', 'testing'],
  src: [],
  testing: ['scripts', 'sim'],
};

// Static and dynamic imports, types in comments, and modules that are started as processes.
const IMPORT = /(?:\bfrom |\bimport |\bimport\(|\bnew URL\()(['"`])(\.[^'"`$]*)\1/g;

const folderOf = (path) => path.split('/')[0];

for (const [folder, others] of Object.entries(ALLOWED)) {
  it(`${folder}/ imports from ${['itself', ...others.map((other) => `${other}/`)].join(', ')} and packages`, () => {
    const files = [...javaScript()].filter(([file]) => folderOf(file) === folder);
    assert.ok(files.length > 0, `${folder}/ has no JavaScript`);
    const found = files.flatMap(([file, text]) =>
      [...text.matchAll(IMPORT)].map(([, , path]) => ({ file, target: join(dirname(file), path) })),
    );
    // `.` is the root itself, from which scripts/tools.mjs makes the paths of files.
    const wrong = found.filter(({ target }) => !['.', folder, ...others].includes(folderOf(target)));
    assert.deepEqual(
      wrong.map(({ file, target }) => `${file}: ${target}`),
      [],
    );
  });
}

describe('testing/', () => {
  it('is imported by each of those that share it', () => {
    const importers = new Set(
      [...javaScript()].filter(([, text]) => /from '(\.\.\/)+testing\//.test(text)).map(([file]) => folderOf(file)),
    );
    assert.deepEqual([...importers].sort(), ['bench', 'sim', 'soak', 'tests']);
  });

  it('is held to the strictest types: each file asks for the check that testing/tsconfig.json defines', () => {
    const files = [...javaScript()].filter(([file]) => folderOf(file) === 'testing');
    assert.deepEqual(
      files.filter(([, text]) => !text.startsWith('// @ts-check\n')).map(([file]) => file),
      [],
    );
  });
});

it('no file escapes the type check', () => {
  const escaping = [...javaScript()].filter(([, text]) => /@ts-(nocheck|ignore)\b/.test(text));
  assert.deepEqual(
    escaping.map(([file]) => file).filter((file) => file !== 'tests/sources/imports.test.mjs'),
    [],
  );
});
