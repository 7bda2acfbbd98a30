// No module needs itself, be it through others: a module can be read and tested after those that it needs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { javaScript, rust } from './files.mjs';
import { described } from './graph.mjs';
import { importsOf } from './javascript-modules.mjs';
import { readCrate } from './rust-crate.mjs';

const CRATES = { 'src/': ['src', 'src/lib.rs'], 'cli/src/': ['cli/src', 'cli/src/main.rs'] };

/** Fails if there is a cycle, and shows each. */
function assertNone(edges, files) {
  assert.ok(edges.length > 0, 'nothing needs anything');
  const cycles = described(edges, files);
  assert.ok(cycles.length === 0, `${cycles.length} cycles\n\n${cycles.join('\n\n')}`);
}

/** The room of a file: the part of src/ that it is in. */
const roomOf = (file) => file.split('/')[1].replace(/\.rs$/, '');

for (const [name, [folder, root]] of Object.entries(CRATES)) {
  describe(`the Rust of ${name}`, () => {
    const files = rust(folder);
    const crate = readCrate(files, root);

    it('is read whole, tests aside', () => {
      const left = [...files.keys()].filter((file) => !crate.files.includes(file));
      assert.deepEqual(
        left.filter((file) => !file.endsWith('/tests.rs')),
        [],
      );
    });

    it('has no cycle of files', () => assertNone(crate.edges, files));
  });
}

it('there is no cycle of rooms in src/', () => {
  const files = rust('src');
  const { edges } = readCrate(files, 'src/lib.rs');
  const between = edges
    .filter(({ from, to }) => ![from, to].includes('src/lib.rs'))
    .map(({ from, to, ...place }) => ({ ...place, from: roomOf(from), to: roomOf(to) }))
    .filter(({ from, to }) => from !== to);
  assertNone(between, files);
});

it('there is no cycle of JavaScript modules', () => {
  const files = javaScript();
  assertNone(importsOf(files), files);
});
