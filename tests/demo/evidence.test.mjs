// What the playground tells about a request, computed from what was recorded.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UnsecuredJWT } from 'jose';
import { evidence } from '../../sim/demo/evidence.mjs';
import { differing } from '../../sim/playground/comparison.js';

const publicUrl = 'http://127.0.0.1:8787';
const token = (claims) => new UnsecuredJWT(claims).encode();
const ok = { status: 200, headers: [], body: '{}' };

function direct(headers, more) {
  return evidence({
    sent: { method: 'GET', url: `${publicUrl}/orders`, headers, body: '' },
    answer: ok,
    publicUrl,
    ...more,
  });
}

describe('the headers', () => {
  const sent = [
    ['Host', '127.0.0.1:8787'],
    ['Authorization', 'Bearer x'],
    ['x-verified-user', 'admin'],
    ['X_Verified.User', 'admin'],
    ['accept', '*/*'],
    ['te', 'trailers'],
  ];
  const received = {
    method: 'GET',
    url: '/orders',
    headers: [
      ['Host', '127.0.0.1:8821'],
      ['Accept', '*/*'],
      ['x-verified-user', 'user-1'],
      ['CF-Worker', 'x'],
    ],
    body: {},
  };
  const { backend } = direct(sent, { received });

  it('are told apart by where they come from', () => {
    assert.deepEqual(
      backend.headers.map(({ name, origin }) => [name, origin]),
      [
        ['Host', 'runtime'],
        ['Accept', 'caller'],
        ['x-verified-user', 'identity'],
        ['CF-Worker', 'runtime'],
      ],
    );
  });

  it('that did not arrive come with the reason; one that arrived with another value is among them', () => {
    assert.deepEqual(
      backend.removed.map(({ name, value, reason }) => [name, value, reason]),
      [
        ['Authorization', 'Bearer x', 'credential'],
        ['x-verified-user', 'admin', 'forged'],
        ['X_Verified.User', 'admin', 'forged'],
        ['te', 'trailers', 'transport'],
      ],
    );
  });

  it('without an identity mean a public route', () => {
    const { steps } = direct(sent, { received: { ...received, headers: [['Accept', '*/*']] } });
    assert.deepEqual(
      steps.filter(({ state }) => state === 'skipped').map(({ number }) => number),
      [4, 5, 6, 7],
    );
    assert.ok(direct(sent, { received }).steps.every(({ state }) => state === 'passed'));
  });
});

describe('the token', () => {
  it('is read without checking it', () => {
    const { token: shown } = direct([['authorization', `bearer  ${token({ sub: 'user-1' })}`]]);
    assert.deepEqual([shown.header, shown.head.alg, shown.claims.sub], ['authorization', 'none', 'user-1']);
  });

  it('may be anything', () => {
    for (const text of ['', 'x', 'x.y.z', '..', `${token({})}.${token({})}`]) {
      const shown = direct([['x-session-id', text]]).token;
      assert.equal(shown.text, text);
      assert.equal(shown.head === undefined || typeof shown.head === 'object', true);
    }
  });
});

describe('the audience', () => {
  const audience = (path, aud) =>
    evidence({
      sent: {
        method: 'GET',
        url: `${publicUrl}${path}`,
        headers: [['authorization', `Bearer ${token({ aud })}`]],
        body: '',
      },
      answer: ok,
      publicUrl,
    }).audience;

  it('is that of the path, without the query', () => {
    assert.deepEqual(
      [audience('/orders?a=b', 'x').expected, audience('/orders/', 'x').expected],
      [`${publicUrl}/orders`, `${publicUrl}/orders/`],
    );
    assert.ok(audience('/orders?a=b', `${publicUrl}/orders`).fits);
    assert.ok(!audience('/orders', `${publicUrl}/orders/`).fits);
    assert.ok(!audience('/orders', publicUrl).fits);
  });

  it('of the root has two spellings', () => {
    assert.ok(audience('/', publicUrl).fits && audience('/', `${publicUrl}/`).fits);
  });

  it('is shown with what differs', () => {
    assert.deepEqual(differing('http://localhost:1/a', 'http://127.0.0.1:1/a'), [
      ['http://', 'localhost', ':1/a'],
      ['http://', '127.0.0.1', ':1/a'],
    ]);
    assert.deepEqual(differing('a', 'a'), [
      ['a', '', ''],
      ['a', '', ''],
    ]);
    assert.deepEqual(differing('aa', 'aaa'), [
      ['aa', '', ''],
      ['aa', 'a', ''],
    ]);
    assert.deepEqual(differing('', 'b'), [
      ['', '', ''],
      ['', 'b', ''],
    ]);
  });
});

it('a gateway that refuses leaves the worker out of it', () => {
  const {
    steps,
    token: shown,
    audience,
  } = direct([], {
    region: { id: 'gcp-eu', url: 'x' },
    answer: { status: 403, headers: [], body: '{"error":"project_forbidden"}' },
  });
  assert.deepEqual([steps, shown, audience], [[], undefined, undefined]);
});
