// One line for each request. It names what decided the request, and nothing private.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../testing/eventually.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { asMc, mcToken } from './support/verdict.mjs';

/** @typedef {import('../../testing/worker/miniflare.mjs').LogLine} LogLine */

// An Analytics Engine whose data points can be read; the local one keeps none.
const MEASURED = `import { env } from 'cloudflare:workers';
env.METRICS = { writeDataPoint: (point) => console.log(JSON.stringify({ event: 'data_point', ...point })) };
const { default: worker } = await import('./index.js');
export default worker;`;

const routes = [
  { path: '/orders/*', require: { permissions_all: ['canViewOrders'] }, providers: ['mc'] },
  { path: '/reported', require: { tenants: ['tenant-9'] }, mode: 'report', providers: ['jtl'] },
  { path: '/me', respond: 'session', providers: ['jtl'] },
  { path: '/open', access: 'public' },
  { path: '/slow-headers/2000', access: 'public', upstream: 'slow' },
  { path: '/slow-headers/2001', providers: ['mc'], upstream: 'slow' },
  { path: '/closed', providers: ['mc'], upstream: 'closed' },
];

/** @param {import('node:test').TestContext} t @param {any} [options] `log` is the setting of that name */
async function start(t, { log, ...rest } = {}) {
  const all = await startAll({
    change: (config, { backend }) => ({
      ...config,
      routes,
      unmatched: 'session',
      upstreams: {
        ...config.upstreams,
        slow: { url: backend.url, timeout_ms: 100 },
        closed: { url: 'http://127.0.0.1:1' },
      },
      ...(log && { log }),
    }),
    ...rest,
  });
  t.after(all.close);
  const call = async (target, options = {}) => send(all.worker.url, target, options);
  const session = async (more) => ({ headers: { 'x-session-id': await all.jtl.sessionToken(), ...more } });
  const lines = (event = 'request') => all.worker.logs.filter((line) => line.event === event);
  const count = (expected, event) => eventually(() => assert.equal(lines(event).length, expected));
  return { ...all, call, session, lines, count };
}

const known = (/** @type {LogLine} */ { level: _, time, upstream_ms: millis, ...line }) => {
  assert.ok(time > 1.7e12, String(time));
  assert.ok(millis === undefined || (millis >= 0 && millis < 60_000), String(millis));
  return { ...line, timed: millis !== undefined };
};

describe('the log line of a request', { concurrency: 4 }, () => {
  it('tells of an allowed one its route, provider, key and how long the backend took', async (t) => {
    const all = await start(t);
    const token = await mcToken(all, { permissions: true });
    const headers = { authorization: `Bearer ${token}`, 'cf-ray': '8f0000000000abcd-FRA' };
    assert.equal((await all.call('/orders?secret=1', { headers })).status, 200);
    await all.count(1);
    assert.deepEqual(known(all.lines()[0]), {
      event: 'request',
      ray: '8f0000000000abcd-FRA',
      method: 'GET',
      route: '/orders/*',
      provider: 'mc',
      outcome: 'allowed',
      status: 200,
      key_id: all.region.keys.signer.kid,
      keys_from: 'issuer',
      timed: true,
    });
  });

  it('says where the keys came from, and whether the token was verified before', async (t) => {
    const all = await start(t);
    const options = await all.session();
    for (let left = 3; left > 0; left -= 1) await all.call('/items', options);
    await eventually(async () => assert.equal((await all.worker.kv.list()).keys.length, 1));
    await all.worker.restart();
    await all.call('/items', options);
    await all.count(4);
    const seen = all.lines().map(({ route, keys_from: from, verified_before: before }) => [route, from, before]);
    assert.deepEqual(seen, [
      [undefined, 'issuer', undefined],
      [undefined, 'issuer', undefined],
      [undefined, 'issuer', true],
      [undefined, 'store', undefined],
    ]);
  });

  for (const [what, target, body, status, code, detail] of [
    [
      'whose backend does not answer',
      '/slow-headers/2001',
      undefined,
      504,
      'upstream_timeout',
      'The backend did not answer in time.',
    ],
    [
      'whose backend cannot be reached',
      '/closed',
      undefined,
      502,
      'upstream_unreachable',
      'The backend could not be reached.',
    ],
    [
      'with a body that it must not have',
      '/orders',
      'x',
      400,
      'body_not_allowed',
      'A GET or HEAD request must not have a body.',
    ],
  ]) {
    it(`tells of one ${what} all that it tells of an allowed one`, async (t) => {
      const all = await start(t);
      const token = await mcToken(all, { audience: all.worker.url + target, permissions: true });
      const headers = { authorization: `Bearer ${token}`, 'cf-ray': '8f0000000000abcd-FRA' };
      for (let left = 3; left > 0; left -= 1) assert.equal((await all.call(target, { headers, body })).status, status);
      await all.count(3);
      assert.deepEqual(known(all.lines()[2]), {
        event: 'request',
        ray: '8f0000000000abcd-FRA',
        method: 'GET',
        path: target,
        route: target === '/orders' ? '/orders/*' : target,
        provider: 'mc',
        outcome: 'refused',
        code,
        detail,
        status,
        key_id: all.region.keys.signer.kid,
        keys_from: 'issuer',
        verified_before: true,
        timed: body === undefined,
      });
    });
  }

  it('is written for one whose backend failed, whether allowed ones are logged or not', async (t) => {
    const all = await start(t, { log: { allowed_sample: 0 } });
    const token = await mcToken(all, { audience: `${all.worker.url}/closed`, permissions: true });
    assert.equal((await all.call('/closed', { headers: { authorization: `Bearer ${token}` } })).status, 502);
    await all.count(1);
    const [{ key_id: keyId, keys_from: from }] = all.lines();
    assert.deepEqual([keyId, from], [all.region.keys.signer.kid, 'issuer']);
  });

  it('tells of a refused one the code', async (t) => {
    const all = await start(t);
    const token = await mcToken(all, { header: { kid: `invented-${'x'.repeat(100)}` }, permissions: true });
    assert.equal(await asMc(all, token), 'key_unknown');
    assert.equal((await all.call('/orders/1?secret=1', { method: 'DELETE' })).status, 401);
    await all.count(2);
    const [unknown, missing] = all.lines().map(known);
    assert.deepEqual(unknown, {
      event: 'request',
      method: 'GET',
      path: '/orders',
      route: '/orders/*',
      provider: 'mc',
      outcome: 'refused',
      code: 'key_unknown',
      detail: 'The issuer publishes no key that fits the token.',
      status: 401,
      key_id: `invented-${'x'.repeat(55)}`,
      keys_from: 'issuer',
      timed: false,
    });
    assert.deepEqual(missing, {
      event: 'request',
      method: 'DELETE',
      path: '/orders/1',
      route: '/orders/*',
      provider: 'mc',
      outcome: 'refused',
      code: 'token_missing',
      detail: 'No token was sent; send one as authorization: Bearer <token>.',
      status: 401,
      timed: false,
    });
  });

  it('tells of one that is answered, one whose backend fails, one that only report mode lets through', async (t) => {
    const all = await start(t);
    assert.equal((await all.call('/me', await all.session())).status, 200);
    assert.equal((await all.call('/slow-headers/2000')).status, 504);
    assert.equal((await all.call('/reported', await all.session())).status, 200);
    await all.count(3);
    const seen = all
      .lines()
      .map(({ route, provider, outcome, code, status, upstream_ms: millis }) => [
        route,
        provider,
        outcome,
        code,
        status,
        millis >= 50,
      ]);
    assert.deepEqual(seen.slice(0, 2), [
      ['/me', 'jtl', 'answered', undefined, 200, false],
      ['/slow-headers/2000', undefined, 'refused', 'upstream_timeout', 504, true],
    ]);
    assert.deepEqual(seen[2].slice(0, 5), ['/reported', 'jtl', 'allowed', undefined, 200]);
    const { route, code, detail } = await all.worker.logged({ event: 'would_refuse' });
    assert.deepEqual(
      [route, code, detail],
      ['/reported', 'permission_denied', 'The session lacks a tenant that is allowed here.'],
    );
  });

  it('is written for as many of the allowed as configured, and for every refused one', async (t) => {
    for (const [share, expected] of [
      [0, 0],
      [0.25, 10],
      [1, 40],
    ]) {
      const all = await start(t, { log: { allowed_sample: share } });
      for (let left = 40; left > 0; left -= 1) assert.equal((await all.call('/open')).status, 200);
      for (let left = 5; left > 0; left -= 1) assert.equal((await all.call('/items')).status, 401);
      await all.count(expected + 5);
      assert.equal(all.lines().filter(({ outcome }) => outcome === 'refused').length, 5);
    }
  });

  it('holds no token, claim, query or secret, whatever happens', async (t) => {
    const all = await start(t, { main: MEASURED });
    const mark = (name) => `marked-${name}`;
    const claims = {
      sub: mark('user'),
      [`${all.region.url}/claims/project_key`]: mark('project'),
      [`${all.region.url}/claims/user_permissions`]: [mark('permission')],
      note: mark('note'),
    };
    const good = await mcToken(all, { claims });
    const session = await all.jtl.sessionToken({
      claims: { userId: mark('jtl-user'), tenantId: mark('tenant'), tenantSlug: mark('slug') },
    });
    const requests = [
      { authorization: `Bearer ${good}` },
      { 'x-session-id': session },
      { 'x-session-id': `${session}x` },
      { authorization: `Bearer ${mark('junk')}.a.b` },
      { authorization: `Basic ${mark('basic')}` },
      { authorization: `Bearer ${good}`, 'x-session-id': session },
      { cookie: mark('cookie'), 'x-custom': mark('header') },
    ];
    for (const target of ['/orders', '/items', '/me', '/reported', '/open', '/slow-headers/2000']) {
      for (const headers of requests)
        await all.call(`${target}?${mark('query')}`, { method: 'POST', body: mark('body'), headers });
    }
    await all.count(42);
    const text = JSON.stringify(all.worker.logs);
    assert.ok(text.includes('/orders'));
    for (const secret of ['marked-', good.split('.')[1], session.split('.')[1], 'sim-secret'])
      assert.ok(!text.includes(secret), secret);
  });
});

describe('metrics', { concurrency: 2 }, () => {
  it('are one data point for each request, sampled or not', async (t) => {
    const all = await start(t, { main: MEASURED, log: { allowed_sample: 0 } });
    assert.equal(await asMc(all, await mcToken(all, { permissions: true })), 'ok');
    assert.equal((await all.call('/me', await all.session())).status, 200);
    assert.equal((await all.call('/items', { method: 'PUT' })).status, 401);
    await all.count(3, 'data_point');
    const points = all
      .lines('data_point')
      .map(({ indexes, blobs, doubles: [status, millis] }) => [indexes, blobs, status, millis >= 0]);
    assert.deepEqual(points, [
      [['mc'], ['allowed', '', 'mc', '/orders/*', 'GET'], 200, true],
      [['jtl'], ['answered', '', 'jtl', '/me', 'GET'], 200, true],
      [[''], ['refused', 'token_missing', '', '', 'PUT'], 401, true],
    ]);
    await all.count(1);
  });

  it('go to a real Analytics Engine binding', async (t) => {
    const all = await start(t, { services: { METRICS: { type: 'analytics-engine-dataset', name: 'drawbridge' } } });
    assert.deepEqual(
      [
        (await all.call('/me', await all.session())).status,
        (await all.call('/open')).status,
        (await all.call('/items')).status,
      ],
      [200, 200, 401],
    );
  });
});

describe('Server-Timing', () => {
  it('tells how long the backend took, where it is configured', async (t) => {
    const all = await start(t, { log: { server_timing: true } });
    const { headers, body } = await all.call('/open');
    assert.match(String(headers['server-timing']), /^upstream;dur=\d+$/);
    assert.ok(body.length > 0);
    const plain = await start(t);
    assert.equal((await plain.call('/open')).headers['server-timing'], undefined);
  });
});
