// Prettier breaks neither strings nor comments, so this test checks their width.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { javaScript } from './files.mjs';

const { printWidth } = JSON.parse(readFileSync(new URL('../../.prettierrc.json', import.meta.url), 'utf8'));

it(`no line of JavaScript is wider than ${printWidth} columns`, () => {
  const wide = [...javaScript()].flatMap(([file, text]) =>
    text
      .split('\n')
      .flatMap((line, index) => ([...line].length > printWidth ? [`${file}:${index + 1}: ${[...line].length}`] : [])),
  );
  assert.deepEqual(wide, []);
});
