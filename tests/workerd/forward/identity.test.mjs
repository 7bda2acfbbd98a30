// What a backend sees of a request whose token was verified.
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { GATEWAY_SETTINGS } from '../../../sim/gateway.mjs';
import { JTL_SETTINGS } from '../../../sim/jtl.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { bearer } from '../support/credentials.mjs';

/** @typedef {import('../../../testing/exchange.mjs').Sent} Sent */

// The clock skew is far longer than a test, for tokens that are slightly too old or too young.
const { gateway, region, jtl, backend, worker, close } = await startAll({
  change: (config) => ({ ...config, clock_skew_seconds: 60 }),
});
after(close);
beforeEach(() => {
  gateway.settings.change(GATEWAY_SETTINGS);
  jtl.settings.change(JTL_SETTINGS);
  backend.reset();
});

/**
 * Calls the worker through the simulated gateway.
 *
 * @param {string} target
 * @param {Sent} [request]
 */
function forwardTo(target, { headers, ...rest } = {}) {
  const all = {
    'accept-version': 'v2',
    'x-forward-to': `${worker.url}${target}`,
    'x-project-key': 'shop-eu',
    ...headers,
  };
  return send(region.url, '/proxy/forward-to', { ...rest, headers: all });
}

/** Returns the one request that has reached the backend, with its headers by lower-case name. */
function arrived() {
  assert.equal(backend.requests.length, 1);
  const [{ headers, ...request }] = backend.requests;
  const names = headers.map(([name]) => name.toLowerCase());
  assert.deepEqual(names, [...new Set(names)], 'a header arrived twice');
  return { ...request, headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])) };
}

/** Returns the identity headers that have reached the backend, in any spelling. */
function identity() {
  const { headers } = arrived();
  return Object.fromEntries(Object.entries(headers).filter(([name]) => /^x.verified/.test(name)));
}

const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
const jtlHeaders = async (changes) => ({ 'x-session-id': await jtl.sessionToken(changes) });

// What workerd and Miniflare add to a subrequest that must not be answered from a cache, and where the caller has
// reached the worker.
const RUNTIME = {
  host: new URL(backend.url).host,
  'cache-control': 'no-cache',
  pragma: 'no-cache',
  'cf-worker': 'drawbridge.example.com',
  'x-forwarded-host': new URL(worker.url).host,
  'x-forwarded-proto': 'http',
};
const JTL_IDENTITY = {
  'x-verified-provider': 'jtl',
  'x-verified-user': 'user-1',
  'x-verified-tenant': 'tenant-1',
  'x-verified-tenant-slug': 'tenant-one',
};

describe('a Merchant Center request through the gateway', () => {
  it('reaches the backend with the identity from the token, without the token', async () => {
    const earliest = inSeconds(60);
    const answer = await forwardTo('/orders/1?expand=a&expand=b', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forward-header-x-custom': 'one',
        'x-forward-to-claims': 'permissions',
      },
      body: '{"amount":1}',
    });
    const latest = inSeconds(60);
    assert.equal(answer.status, 200);
    const { method, url, headers, body } = arrived();
    assert.deepEqual(
      { method, url, body: body.text },
      { method: 'POST', url: '/orders/1?expand=a&expand=b', body: '{"amount":1}' },
    );
    const { 'x-verified-expires': expires, ...others } = headers;
    assert.match(expires, /^\d+$/);
    assert.ok(earliest <= Number(expires) && Number(expires) <= latest);
    assert.deepEqual(others, {
      ...RUNTIME,
      'content-length': '12',
      'content-type': 'application/json',
      'x-custom': 'one',
      'x-mc-api-cloud-identifier': 'gcp-eu',
      'x-mc-api-forward-to-version': 'v2',
      'x-verified-provider': 'mc',
      'x-verified-issuer': region.url,
      'x-verified-user': 'user-1',
      'x-verified-project': 'shop-eu',
      'x-verified-permissions': 'canViewOrders canManageOrders canViewProducts',
    });
  });

  it('has no permissions where none were asked for', async () => {
    await forwardTo('/orders', { headers: { 'x-project-key': 'shop-us' } });
    const { 'x-verified-expires': _, ...others } = identity();
    assert.deepEqual(others, {
      'x-verified-provider': 'mc',
      'x-verified-issuer': region.url,
      'x-verified-user': 'user-1',
      'x-verified-project': 'shop-us',
    });
  });

  it('is verified with the keys of the region that sent it', async () => {
    const other = gateway.regions['aws-us'];
    const token = await other.token({ audience: `${worker.url}/orders` });
    assert.equal((await send(worker.url, '/orders', { headers: bearer(token) })).status, 200);
    assert.equal(identity()['x-verified-issuer'], other.url);
  });

  for (const target of [
    '/',
    '/?a=b',
    '/orders',
    '/orders/',
    '/orders?a=b',
    '/Orders/%c3%a9',
    '/%6frders',
    "/a.b/~c/d:e@f/!$&'()*+,=",
  ]) {
    it(`has the audience that the gateway makes of ${target}`, async () => {
      assert.equal((await forwardTo(target)).status, 200);
      assert.equal(arrived().url, target);
    });
  }
});

describe('a JTL session token', () => {
  it('reaches the backend as the identity in it', async () => {
    const earliest = inSeconds(300);
    const answer = await send(worker.url, '/api/connect-tenant', {
      headers: { accept: '*/*', ...(await jtlHeaders()) },
    });
    const latest = inSeconds(300);
    assert.equal(answer.status, 200);
    const { method, url, headers, body } = arrived();
    assert.deepEqual({ method, url, body: body.length }, { method: 'GET', url: '/api/connect-tenant', body: 0 });
    const { 'x-verified-expires': expires, ...others } = headers;
    assert.ok(earliest <= Number(expires) && Number(expires) <= latest);
    assert.deepEqual(others, { ...RUNTIME, accept: '*/*', ...JTL_IDENTITY });
  });

  it('need not have a slug', async () => {
    jtl.settings.change({ tenantSlug: '' });
    await send(worker.url, '/', { headers: await jtlHeaders() });
    const { 'x-verified-expires': _, ...others } = identity();
    const { 'x-verified-tenant-slug': __, ...expected } = JTL_IDENTITY;
    assert.deepEqual(others, expected);
  });

  it('may name its key, and call its algorithm by the new name', async () => {
    for (const header of [{ kid: jtl.sessionKeys.signer.kid }, { typ: null }, { alg: 'Ed25519' }]) {
      assert.equal(
        (await send(worker.url, '/', { headers: await jtlHeaders({ header }) })).status,
        200,
        JSON.stringify(header),
      );
    }
  });
});

describe('identity headers of the caller', () => {
  const SPOOFED = [
    'X-Verified-User',
    'x_verified_user',
    'X_Verified_User',
    'x-VERIFIED_user',
    'x_verified-user',
    'X-Verified-Issuer',
    'X-Verified-Project',
    'X-Verified-Tenant',
    'X_VERIFIED_TENANT',
    'X-Verified-Tenant-Slug',
    'X-Verified-Permissions',
    'x_verified_permissions',
    'X-Verified-Provider',
    'X.Verified.User',
    'X_Verified.User',
    'X~Verified!User',
    'X-Verified-Expires',
    'X-Verified-Assertion',
    'X-Verified-Anything',
    'x-verified-',
  ].map((name) => [name, 'intruder']);
  const expected = async (headers) => {
    await send(worker.url, '/orders', { headers });
    return Object.keys(identity()).sort();
  };

  it('are gone beside a Merchant Center token, those that it has no value for too', async () => {
    const token = await region.token({ audience: `${worker.url}/orders` });
    const names = await expected([...SPOOFED, ['authorization', `Bearer ${token}`]]);
    assert.deepEqual(names, [
      'x-verified-expires',
      'x-verified-issuer',
      'x-verified-project',
      'x-verified-provider',
      'x-verified-user',
    ]);
    assert.doesNotMatch(JSON.stringify(arrived().headers), /intruder/);
  });

  it('are gone beside a JTL token, those that it has no value for too', async () => {
    const names = await expected([...SPOOFED, ['x-session-id', await jtl.sessionToken()]]);
    assert.deepEqual(names, [
      'x-verified-expires',
      'x-verified-provider',
      'x-verified-tenant',
      'x-verified-tenant-slug',
      'x-verified-user',
    ]);
    assert.doesNotMatch(JSON.stringify(arrived().headers), /intruder/);
  });

  it('are gone where the caller names them in Connection, which removes nothing of ours', async () => {
    const names = await expected([
      ...SPOOFED,
      ['connection', 'x-verified-user, x-verified-tenant, close'],
      ['x-session-id', await jtl.sessionToken()],
    ]);
    assert.deepEqual(names, [
      'x-verified-expires',
      'x-verified-provider',
      'x-verified-tenant',
      'x-verified-tenant-slug',
      'x-verified-user',
    ]);
    assert.equal(identity()['x-verified-user'], 'user-1');
  });
});

describe('credentials', () => {
  it('are gone, with every spelling of their headers', async () => {
    const aliases = [
      ['X_Session_ID', 'alias'],
      ['x-session_id', 'alias'],
      ['Authorization', ''],
    ];
    assert.equal(
      (await send(worker.url, '/', { headers: [...aliases, ['X-Session-ID', await jtl.sessionToken()]] })).status,
      200,
    );
    const { 'x-verified-expires': _, ...headers } = arrived().headers;
    assert.deepEqual(headers, { ...RUNTIME, ...JTL_IDENTITY });
  });

  it('are taken with their scheme in any case and with several spaces', async () => {
    const token = await region.token({ audience: `${worker.url}/` });
    for (const scheme of ['bearer ', 'BEARER ', 'bEaReR   ']) {
      assert.equal((await send(worker.url, '/', { headers: { authorization: scheme + token } })).status, 200, scheme);
    }
  });

  it('may be 16 KiB long', async () => {
    const length = async (x) => (await jtl.sessionToken({ claims: { x: 'x'.repeat(x) } })).length;
    let x = 12_050;
    while ((await length(x + 1)) <= 16_384) x += 1;
    assert.ok((await length(x)) > 16_382);
    assert.equal(
      (await send(worker.url, '/', { headers: await jtlHeaders({ claims: { x: 'x'.repeat(x) } }) })).status,
      200,
    );
  });

  it('may be as much too old or too young as clocks may differ', async () => {
    for (const claims of [
      { exp: inSeconds(-30) },
      { nbf: inSeconds(30) },
      { iat: inSeconds(30) },
      { exp: inSeconds(60) + 0.5 },
    ]) {
      assert.equal(
        (await send(worker.url, '/', { headers: await jtlHeaders({ claims }) })).status,
        200,
        JSON.stringify(claims),
      );
    }
  });
});

describe('identity values', () => {
  for (const [value, expected] of [
    ['Jane Doe', 'Jane Doe'],
    [' a ', '%20a%20'],
    ['100%', '100%25'],
    ['Zoë', 'Zo%C3%AB'],
    ['日本', '%E6%97%A5%E6%9C%AC'],
    ['a\r\nx-verified-tenant: intruder', 'a%0D%0Ax-verified-tenant: intruder'],
    ['a\nb\rc\0d\te\x7f', 'a%0Ab%0Dc%00d%09e%7F'],
    ['a,b;c="d"', 'a,b;c="d"'],
  ]) {
    it(`are header values that decode to ${JSON.stringify(value)}`, async () => {
      jtl.settings.change({ userId: value });
      assert.equal((await send(worker.url, '/', { headers: await jtlHeaders() })).status, 200);
      const { 'x-verified-expires': _, ...others } = identity();
      assert.deepEqual(others, { ...JTL_IDENTITY, 'x-verified-user': expected });
      assert.equal(decodeURIComponent(expected), value);
    });
  }

  it('are separated by spaces in a list, whose items hold none', async () => {
    gateway.settings.change({ permissions: ['canViewOrders', 'can view', 'a,b', 'Zoë\n'] });
    await forwardTo('/orders', { headers: { 'x-forward-to-claims': 'permissions' } });
    assert.equal(identity()['x-verified-permissions'], 'canViewOrders can%20view a,b Zo%C3%AB%0A');
  });
});
