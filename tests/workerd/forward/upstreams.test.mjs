// Where a request goes, and how the backend sees that it came through the worker.
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';

/** @typedef {import('../../../testing/exchange.mjs').Sent} Sent */

const SECRET = 'origin-secret-1';
const BINDING = `export default {
  async fetch(request) {
    const { method, url } = request;
    const seen = { method, url, headers: [...request.headers], body: await request.text() };
    return Response.json(seen, { headers: { 'x-bound': 'yes' } });
  },
};`;

const all = await startAll({
  bindings: { ORIGIN_SECRET: SECRET },
  services: { BACKEND: BINDING },
  change: (config, { backend }) => ({
    ...config,
    unmatched: 'deny',
    upstreams: {
      origin: { url: `${backend.url}/v1/`, shared_secret: { header: 'X-Origin-Secret', secret_name: 'ORIGIN_SECRET' } },
      shop: { url: `${backend.url}/base`, strip_prefix: '/shop/api' },
      bound: { url: 'https://backend.internal/b', binding: 'BACKEND', strip_prefix: '/bound' },
      silent: { url: backend.url, timeout_ms: 200 },
      closed: { url: 'http://127.0.0.1:1' },
      named: {
        url: backend.url,
        identity_headers: {
          'X-User': 'user_id',
          'x-tenant': 'claims.tenantId',
          'x-all': 'claims.all',
          'x-deep': 'claims.a.b',
          'x-object': 'claims.object',
          'x-number': 'claims.number',
          'X-Verified-By': 'provider',
        },
      },
    },
    routes: [
      { path: '/orders/*', providers: ['jtl'] },
      { path: '/open', access: 'public' },
      { path: '/shop/api/*', providers: ['jtl'], upstream: 'shop' },
      { path: '/shop/api/raw/*', providers: ['jtl'], upstream: 'shop', allow_in_path: ['%2f', '//'] },
      { path: '/bound/*', providers: ['jtl'], upstream: 'bound' },
      { path: '/never', providers: ['jtl'], upstream: 'silent' },
      { path: '/closed', providers: ['jtl'], upstream: 'closed' },
      { path: '/named', providers: ['jtl'], upstream: 'named' },
      { path: '/named/open', access: 'public', upstream: 'named' },
    ],
  }),
});
const { jtl, backend, worker } = all;
after(all.close);
beforeEach(() => backend.reset());

/** @param {string} target @param {Sent & { token?: string }} [request] */
const call = async (target, { headers, token, ...rest } = {}) =>
  send(worker.url, target, {
    ...rest,
    headers: [['x-session-id', token ?? (await jtl.sessionToken())], ...Object.entries(headers ?? {})],
  });
const values = ({ headers }, name) =>
  headers.filter(([found]) => found.toLowerCase() === name).map(([, value]) => value);

describe('the path that a backend sees', () => {
  for (const [sent, seen] of [
    ['/orders/1?a=%2F', '/v1/orders/1?a=%2F'],
    ['/shop/api/items/1?x=/shop/api', '/base/items/1?x=/shop/api'],
    ['/shop/api', '/base/'],
    ['/shop/api/', '/base/'],
    ['/Shop/%61PI/Items', '/base/Items'],
    ['/shop/api/shop/api/x', '/base/shop/api/x'],
    ['/shop/api/raw/a%2Fb//c', '/base/raw/a%2Fb//c'],
    ['/shop/api?q', '/base/?q'],
  ]) {
    it(`is ${seen} for ${sent}`, async () => {
      assert.equal((await call(sent)).status, 200);
      assert.deepEqual(
        backend.requests.map(({ url }) => url),
        [seen],
      );
    });
  }

  it('is none beside the prefix', async () => {
    for (const target of ['/shop/apix', '/shop', '/items']) assert.equal((await call(target)).status, 404, target);
    assert.equal(backend.counters.requests, 0);
  });
});

describe('a shared secret', () => {
  it('is on every request, whatever the caller sends there', async () => {
    await call('/orders', {
      headers: { 'x-origin-secret': 'guessed', X_Origin_Secret: 'guessed', 'x.origin.secret': 'guessed' },
    });
    await send(worker.url, '/open', { headers: { 'x-origin-secret': 'guessed' } });
    assert.deepEqual(
      backend.requests.map((request) => values(request, 'x-origin-secret')),
      [[SECRET], [SECRET]],
    );
    assert.ok(!JSON.stringify(backend.requests).includes('guessed'));
  });

  it('goes to its own upstream only, and to no caller', async () => {
    const answer = await call('/shop/api/items', { headers: { 'x-origin-secret': 'guessed' } });
    assert.deepEqual(
      backend.requests.map((request) => values(request, 'x-origin-secret')),
      [[]],
    );
    assert.ok(!answer.pairs.flat().join().includes(SECRET));
    assert.ok(!JSON.stringify(worker.logs).includes(SECRET));
  });
});

describe('a backend that compares the shared secret', () => {
  const compare = (value) => backend.settings.change({ sharedSecret: value && { header: 'x-origin-secret', value } });
  beforeEach(() => compare(SECRET));
  afterEach(() => compare(null));

  it('answers what comes through the worker, and nothing that comes straight to it', async () => {
    const direct = (headers) => send(backend.url, '/v1/orders', { headers });
    for (const headers of [{}, { 'x-origin-secret': 'guessed' }, { 'x-origin-secret': '' }])
      assert.equal((await direct(headers)).status, 403);
    assert.equal((await call('/orders')).status, 200);
    assert.equal((await call('/orders', { headers: { 'x-origin-secret': 'guessed' } })).status, 200);
    assert.equal((await send(worker.url, '/open')).status, 200);
  });

  it('refuses what another upstream of the worker sends', async () => {
    assert.equal((await call('/shop/api/items', { headers: { 'x-origin-secret': SECRET } })).status, 403);
  });

  it('refuses a worker that has another secret, and its 403 is what the caller sees', async () => {
    compare('the next one');
    const { status, body } = await call('/orders');
    assert.deepEqual([status, JSON.parse(body.toString()).error], [403, 'shared_secret_wrong']);
  });
});

describe('a binding', () => {
  it('is used instead of the network, with the same request', async () => {
    const { status, headers, body } = await call('/bound/items?x=1', {
      method: 'POST',
      body: 'payload',
      headers: { 'x-custom': 'one', 'x-verified-user': 'forged' },
    });
    const seen = JSON.parse(body.toString());
    assert.deepEqual(
      [status, headers['x-bound'], seen.method, seen.url, seen.body],
      [200, 'yes', 'POST', 'https://backend.internal/b/items?x=1', 'payload'],
    );
    assert.deepEqual(
      [values(seen, 'x-custom'), values(seen, 'x-verified-user'), values(seen, 'x-session-id')],
      [['one'], ['user-1'], []],
    );
    assert.equal(backend.counters.connections, 0);
  });

  it('that is not there is a fault', async (t) => {
    const lost = await startWorker({ ...all.options, services: {} });
    t.after(lost.dispose);
    assert.equal((await send(lost.url, '/open')).status, 500);
    const { faults } = await lost.logged({ event: 'misconfigured' });
    assert.deepEqual(faults, ['BACKEND: is not bound to a service']);
  });
});

describe('a backend that fails', () => {
  for (const [target, status, code] of /** @type {[string, number, string][]} */ ([
    ['/never', 504, 'upstream_timeout'],
    ['/closed', 502, 'upstream_unreachable'],
  ])) {
    it(`at ${target} is ${status} ${code}, a problem document and one log line`, async () => {
      const before = worker.logs.length;
      const answer = await call(target);
      const problem = JSON.parse(answer.body.toString());
      assert.deepEqual(
        [answer.status, problem.code, problem.status, answer.headers['content-type']],
        [status, code, status, 'application/problem+json'],
      );
      await worker.logged({ event: 'request', code });
      assert.equal(worker.logs.slice(before).filter((line) => line.event === 'request').length, 1);
    });
  }
});

describe('identity headers', () => {
  const claims = { all: ['a b', 1, true], a: { b: 'Zoë' }, object: { x: 1 }, number: 1.5 };

  it('may be named and filled by the configuration, instead of the usual ones', async () => {
    const token = await jtl.sessionToken({ claims });
    const answer = await call('/named', {
      token,
      headers: {
        'x-user': 'forged',
        X_USER: 'forged',
        'x-object': 'forged',
        'x-verified-user': 'forged',
        'x-verified-by': 'forged',
      },
    });
    assert.equal(answer.status, 200);
    const [{ headers }] = backend.requests;
    const names = ['x-user', 'x-tenant', 'x-all', 'x-deep', 'x-number', 'x-verified-by'];
    const found = headers.filter(([name]) =>
      [...names, 'x-object', 'x-verified-user'].includes(name.toLowerCase().replace('_', '-')),
    );
    assert.deepEqual(Object.fromEntries(found), {
      'x-user': 'user-1',
      'x-tenant': 'tenant-1',
      'x-all': 'a%20b 1 true',
      'x-deep': 'Zo%C3%AB',
      'x-number': '1.5',
      'x-verified-by': 'jtl',
    });
    assert.equal(found.length, names.length);
    await worker.logged({ event: 'identity_omitted', header: 'x-object' });
  });

  it('are left out where the session has no such claim, and stripped on every route', async () => {
    await call('/named', { headers: { 'x-all': 'forged' } });
    await send(worker.url, '/named/open', {
      headers: {
        'x-user': 'forged',
        'X.Tenant': 'forged',
        'x-all': 'forged',
        'x-verified-by': 'forged',
        'x-users': 'kept',
      },
    });
    await call('/orders', { headers: { 'x-user': 'forged', x_deep: 'forged' } });
    assert.ok(!JSON.stringify(backend.requests).includes('forged'));
    assert.deepEqual(
      backend.requests.map((request) => values(request, 'x-users')),
      [[], ['kept'], []],
    );
    assert.deepEqual(
      backend.requests.map((request) => values(request, 'x-user')),
      [['user-1'], [], []],
    );
  });
});
