// The worker's own token, which a backend checks with nothing but the published keys.
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { newAssertionKey } from '../../../testing/assertion-key.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';
import { mcToken } from '../support/verdict.mjs';

const JWKS = '/.well-known/drawbridge/jwks.json';
const HEADER = 'x-verified-assertion';
const PUBLIC_URL = 'https://api.example.com/base';
const AUDIENCE = 'https://backend.example.com';

const first = await newAssertionKey();
const second = { ...(await newAssertionKey()), kid: 'second' };
const other = { ...(await newAssertionKey()), kid: 'other' };
const all = await startAll({
  bindings: { FIRST: JSON.stringify(first), SECOND: `${JSON.stringify(second)}\n`, OTHER: JSON.stringify(other) },
  change: (config, { backend }) => ({
    ...config,
    public_url: [PUBLIC_URL, 'https://other.example.com'],
    unmatched: 'deny',
    upstreams: {
      origin: { url: backend.url, assertion: { signing_key_secret_name: ['FIRST', 'SECOND'], audience: AUDIENCE } },
      other: {
        url: backend.url,
        assertion: { signing_key_secret_name: 'OTHER', audience: 'other', lifetime_seconds: 300 },
      },
      plain: { url: backend.url },
    },
    routes: [
      { path: '/orders', providers: ['jtl', 'mc'] },
      { path: '/other', upstream: 'other' },
      { path: '/plain', upstream: 'plain' },
      { path: '/open', access: 'public' },
    ],
  }),
});
const { jtl, backend, worker } = all;
after(all.close);
beforeEach(() => backend.reset());

const asked = async (target, headers) =>
  send(worker.url, target, { headers: { 'x-session-id': await jtl.sessionToken(), ...headers } });
const assertions = () =>
  backend.requests.map(({ headers }) =>
    headers.filter(([name]) => name.toLowerCase() === HEADER).map(([, value]) => value),
  );
const verify = (assertion, audience = AUDIENCE, options = {}) =>
  jwtVerify(assertion, createRemoteJWKSet(new URL(worker.url + JWKS)), {
    algorithms: ['EdDSA'],
    issuer: PUBLIC_URL,
    audience,
    typ: 'JWT',
    requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    ...options,
  });

describe('an assertion', () => {
  it('is verified by jose with the published keys alone, and holds the session', async () => {
    const before = Math.floor(Date.now() / 1000);
    assert.equal((await asked('/orders', { [HEADER]: 'forged', X_Verified_Assertion: 'forged' })).status, 200);
    const [[assertion, ...more]] = assertions();
    assert.deepEqual(more, []);
    const { payload, protectedHeader } = await verify(assertion);
    assert.deepEqual(protectedHeader, { alg: 'EdDSA', typ: 'JWT', kid: await calculateJwkThumbprint(first) });
    const { iat, exp, jti, session, ...rest } = payload;
    assert.deepEqual(rest, { iss: PUBLIC_URL, aud: AUDIENCE, sub: 'user-1' });
    assert.ok(iat >= before && iat <= Date.now() / 1000 && exp - iat === 60, `${iat} ${exp}`);
    assert.match(jti, /^[\w-]{22}$/);
    const { expiresAt, ...identity } = session;
    assert.deepEqual(identity, { provider: 'jtl', userId: 'user-1', tenantId: 'tenant-1', tenantSlug: 'tenant-one' });
    assert.ok(expiresAt > iat);
  });

  it('says of a Merchant Center user what its token says', async () => {
    const token = await mcToken(all, {
      audience: `${PUBLIC_URL}/orders`,
      claims: { [`${all.region.url}/claims/user_permissions`]: ['canViewOrders', 'can view'] },
    });
    assert.equal((await send(worker.url, '/orders', { headers: { authorization: `Bearer ${token}` } })).status, 200);
    const { payload } = await verify(assertions()[0][0]);
    const {
      session: { expiresAt: _, ...session },
    } = payload;
    assert.deepEqual(session, {
      provider: 'mc',
      issuer: all.region.url,
      userId: 'user-1',
      projectKey: 'shop-eu',
      userPermissions: ['canViewOrders', 'can view'],
    });
  });

  it('is another one for every request', async () => {
    await Promise.all(Array.from({ length: 20 }, () => asked('/orders')));
    const ids = await Promise.all(assertions().map(async ([assertion]) => (await verify(assertion)).payload.jti));
    assert.equal(new Set(ids).size, 20);
  });

  it('is for one backend, with its key and lifetime', async () => {
    await asked('/other');
    const [[assertion]] = assertions();
    const {
      payload: { iat, exp },
    } = await verify(assertion, 'other');
    assert.deepEqual([exp - iat, decodeProtectedHeader(assertion).kid], [300, 'other']);
    await assert.rejects(verify(assertion), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' });
    await assert.rejects(verify(assertion, 'other', { currentDate: new Date((exp + 1) * 1000) }), {
      code: 'ERR_JWT_EXPIRED',
    });
  });

  it('is on no request without a session, and on none to a backend that wants none', async () => {
    await send(worker.url, '/open', { headers: { [HEADER]: 'forged' } });
    await asked('/plain', { [HEADER]: 'forged' });
    assert.deepEqual(assertions(), [[], []]);
  });
});

describe('the published keys', () => {
  it('are those of all upstreams, public halves only, for every backend to keep a while', async () => {
    const { status, headers, body } = await send(worker.url, JWKS);
    assert.deepEqual(
      [status, headers['content-type'], headers['cache-control']],
      [200, 'application/jwk-set+json', 'public, max-age=300'],
    );
    const { keys } = JSON.parse(body.toString());
    const jwk = (/** @type {import('jose').JWK} */ { x }, /** @type {string} */ kid) => ({
      kty: 'OKP',
      crv: 'Ed25519',
      x,
      kid,
      alg: 'EdDSA',
      use: 'sig',
    });
    const byKid = (/** @type {{ kid: string }} */ a, /** @type {{ kid: string }} */ b) => (a.kid < b.kid ? -1 : 1);
    assert.deepEqual(
      keys.sort(byKid),
      [jwk(first, await calculateJwkThumbprint(first)), jwk(second, 'second'), jwk(other, 'other')].sort(byKid),
    );
    assert.equal((await send(worker.url, JWKS, { method: 'HEAD' })).body.length, 0);
    assert.equal((await send(worker.url, JWKS, { method: 'POST' })).status, 405);
    for (const { d } of [first, second, other]) assert.ok(!JSON.stringify(worker.logs).includes(d));
  });

  it('are none where nothing is signed', async (t) => {
    const { FIRST: _, SECOND: __, OTHER: ___, ...bindings } = all.options.bindings;
    const plain = await startWorker({
      ...all.options,
      bindings,
      config: { ...all.options.config, upstreams: { origin: { url: backend.url } }, routes: [] },
    });
    t.after(plain.dispose);
    assert.equal((await send(plain.url, JWKS)).status, 404);
  });

  it('let a backend accept both keys while one replaces the other', async (t) => {
    const { upstreams } = all.options.config;
    const rotated = await startWorker({
      ...all.options,
      config: {
        ...all.options.config,
        upstreams: {
          ...upstreams,
          origin: {
            ...upstreams.origin,
            assertion: { ...upstreams.origin.assertion, signing_key_secret_name: ['SECOND', 'FIRST'] },
          },
        },
      },
    });
    t.after(rotated.dispose);
    await asked('/orders');
    await send(rotated.url, '/orders', { headers: { 'x-session-id': await jtl.sessionToken() } });
    const [[before], [later]] = assertions();
    assert.equal(decodeProtectedHeader(later).kid, 'second');
    // A backend that holds the keys from before the change accepts what is signed after it, and the reverse.
    const keys = [worker.url, rotated.url].map((url) => createRemoteJWKSet(new URL(url + JWKS)));
    for (const set of keys)
      for (const assertion of [before, later])
        assert.equal((await jwtVerify(assertion, set, { audience: AUDIENCE })).payload.sub, 'user-1');
  });
});

describe('a secret that is no key', () => {
  it('is a fault that does not show it', async (t) => {
    const bindings = {
      ...all.options.bindings,
      FIRST: `${JSON.stringify(first).slice(0, -1)},"x":1}`,
      SECOND: JSON.stringify({ ...second, x: first.x }),
      OTHER: 'marked-secret',
    };
    const wrong = await startWorker({ ...all.options, bindings });
    t.after(wrong.dispose);
    assert.equal((await send(wrong.url, '/open')).status, 500);
    const { faults } = await wrong.logged({ event: 'misconfigured' });
    assert.deepEqual(faults, [
      'FIRST: is not a JWK',
      'OTHER: is not a JWK',
      'SECOND: is a JWK whose x does not belong to its d',
    ]);
    assert.ok(!JSON.stringify(wrong.logs).includes('marked-secret'));
  });
});
