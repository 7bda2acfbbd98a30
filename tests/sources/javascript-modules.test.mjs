// The reader of JavaScript imports, on modules of a few lines.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importsOf } from './javascript-modules.mjs';

/** Returns what a module imports if it has the code, each with the line. */
const imported = (code) =>
  importsOf(
    new Map([
      ['room/a.mjs', code],
      ['room/b.mjs', ''],
      ['c.mjs', ''],
    ]),
  ).map(({ line, to }) => `${line} ${to}`);

describe('an import', () => {
  const cases = {
    "import './b.mjs';": ['1 room/b.mjs'],
    "import * as b from './b.mjs';\nimport c from '../c.mjs';": ['1 room/b.mjs', '2 c.mjs'],
    "import {\n  one,\n  two,\n} from './b.mjs';": ['4 room/b.mjs'],
    "export * from './b.mjs';": ['1 room/b.mjs'],
    "export { one } from './b.mjs';": ['1 room/b.mjs'],
    "  const b = await import('./b.mjs');": ['1 room/b.mjs'],
    "const glob = 'a/**/*.mjs';\nimport './b.mjs'; // '*/'": ['2 room/b.mjs'],
  };
  for (const [code, expected] of Object.entries(cases)) {
    it(`is an edge: ${code}`, () => assert.deepEqual(imported(code), expected));
  }
});

describe('no edge', () => {
  const cases = {
    'a package': "import 'b.mjs';\nimport { join } from 'node:path';",
    'a module that is not there': "import './none.mjs';",
    'a comment': "// import './b.mjs';\n/*\nimport './b.mjs';\n*/\n/** @type {import('./b.mjs').B} */",
    'an export of its own': "export const b = 1;\nconst from = './b.mjs';",
  };
  for (const [name, code] of Object.entries(cases)) {
    it(`comes from ${name}`, () => assert.deepEqual(imported(code), []));
  }
});
