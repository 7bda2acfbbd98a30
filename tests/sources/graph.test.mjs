// The search for cycles, on graphs of a few nodes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cyclesOf, described } from './graph.mjs';

describe('the search for cycles', () => {
  /** @param {string[]} words edges such as `a b` */
  const edges = (...words) =>
    words.map((word) => {
      const [from, to] = word.split(' ');
      return { from, to };
    });

  it('finds none in a graph without any', () => {
    assert.deepEqual(cyclesOf(edges('a b', 'a c', 'b d', 'c d')), []);
  });

  it('finds a cycle of two and of three, each once', () => {
    assert.deepEqual(cyclesOf(edges('b a', 'a b')), [['a', 'b']]);
    assert.deepEqual(cyclesOf(edges('c a', 'a b', 'b c', 'd a')), [['a', 'b', 'c']]);
  });

  it('finds the shortest cycle through each edge', () => {
    const found = cyclesOf(edges('a b', 'b a', 'b c', 'c a'));
    assert.deepEqual(found, [
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
  });

  it('shows the path of a cycle and the lines that make it', () => {
    const files = new Map([
      ['a', 'use b;\n\n  b();'],
      ['b', '\nuse a;'],
    ]);
    const lines = [
      { from: 'a', to: 'b', file: 'a', line: 1 },
      { from: 'b', to: 'a', file: 'b', line: 2 },
      { from: 'a', to: 'b', file: 'a', line: 3 },
    ];
    assert.deepEqual(described(lines, files), [
      ['a → b → a', '  a needs b:', '    a:1: use b;', '    a:3: b();', '  b needs a:', '    b:2: use a;'].join('\n'),
    ]);
  });
});
