// The tests read challenges with a parser of their own. This is what it accepts and refuses.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseChallenges } from './challenge.mjs';

it('takes what the grammar allows', () => {
  const allowed = /** @type {[string, object[]][]} */ ([
    ['Bearer', [{ scheme: 'Bearer', params: {} }]],
    ['Bearer realm="a, b=c"', [{ scheme: 'Bearer', params: { realm: 'a, b=c' } }]],
    ['Bearer REALM = a , error="x \\"y\\\\"', [{ scheme: 'Bearer', params: { realm: 'a', error: 'x "y\\' } }]],
    ['Negotiate YWJj==', [{ scheme: 'Negotiate', params: undefined, token68: 'YWJj==' }]],
    [
      'Basic realm="a", Bearer realm="b", error=c',
      [
        { scheme: 'Basic', params: { realm: 'a' } },
        { scheme: 'Bearer', params: { realm: 'b', error: 'c' } },
      ],
    ],
    [
      'Negotiate, Bearer realm=b',
      [
        { scheme: 'Negotiate', params: {} },
        { scheme: 'Bearer', params: { realm: 'b' } },
      ],
    ],
  ]);
  for (const [value, expected] of allowed) assert.deepEqual(parseChallenges(value), expected, value);
});

it('refuses what it does not', () => {
  for (const value of [
    '',
    ' Bearer',
    'Bearer realm="a',
    'Bearer realm="a" error="b"',
    'Bearer realm="a", realm="b"',
    'Bearer realm="a"x',
    'Bearer realm="a",',
    'Bearer "a"',
    'Bearer realm=, error=a',
    'Bearer realm="a\u0001"',
    'Bearer realm="a"b"',
  ])
    assert.throws(() => parseChallenges(value), SyntaxError, value);
});
