// Calls to JTL's API on behalf of the session's tenant.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';

/** @typedef {import('../../../testing/exchange.mjs').Sent} Sent */

/** @param {import('node:test').TestContext} t @param {{ settings?: object }} [jtl] */
async function start(t, { settings } = {}) {
  const all = await startAll({
    simulation: { gateway: { regions: ['gcp-eu'] }, jtl: { settings } },
    bindings: { APP_ID: 'sim-client', APP_SECRET: 'sim-secret' },
    change: (config, { jtl }) => ({
      ...config,
      unmatched: 'deny',
      providers: [
        ...config.providers,
        {
          name: 'jtl-app',
          kind: 'jtl-app',
          app_id: 'app-1',
          issuer: jtl.url,
          client_id_secret_name: 'APP_ID',
          client_secret_secret_name: 'APP_SECRET',
        },
      ],
      upstreams: {
        'jtl-api': { url: jtl.url, access_token_of: 'jtl' },
        'jtl-app-api': {
          url: jtl.url,
          access_token_of: 'jtl-app',
          strip_prefix: '/app',
          identity_headers: { 'x-user': 'user_id' },
        },
      },
      routes: [
        { path: '/erp/*', providers: ['jtl'], upstream: 'jtl-api' },
        { path: '/app/erp/*', providers: ['jtl-app'], upstream: 'jtl-app-api' },
      ],
    }),
  });
  t.after(all.close);
  const { jtl, worker } = all;
  /** @param {string} [target] @param {Sent & { token?: string }} [request] */
  const call = async (target = '/erp/v2/items', { headers, token, ...rest } = {}) => {
    const answer = await send(worker.url, target, {
      ...rest,
      headers: { 'x-session-id': token ?? (await jtl.sessionToken()), ...headers },
    });
    const { status, headers: fields, body } = answer;
    return { status, headers: fields, ...(body.length > 0 && { json: JSON.parse(body.toString()) }), raw: answer };
  };
  const count = (endpoint) => jtl.endpoints.counters[endpoint].fetches;
  return { ...all, call, count };
}

describe('a tenant-scoped call', { concurrency: 4 }, () => {
  it("carries the app's own token and the verified tenant, and none of the caller's", async (t) => {
    const { call } = await start(t);
    const { status, json } = await call('/erp/v2/items?page=2', {
      headers: {
        'x-tenant-id': 'tenant-2',
        X_Tenant_ID: 'tenant-2',
        cookie: 'a=b',
        authorization: 'Bearer stolen',
        'x-custom': 'one',
      },
    });
    assert.deepEqual([status, json.tenant, json.path], [200, 'tenant-1', '/erp/v2/items?page=2']);
    assert.match(json.headers.authorization, /^Bearer [\w-]{32}$/);
    assert.deepEqual(
      [json.headers.cookie, json.headers['x-session-id'], json.headers['x-custom'], json.headers['x-verified-user']],
      [undefined, undefined, 'one', undefined],
    );
    assert.ok(!JSON.stringify(json).includes('tenant-2'));
  });

  it('sends JSON under exactly the type that the API takes', async (t) => {
    const { call } = await start(t);
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=utf-8']) {
      const { status, json } = await call('/erp/v2/graphql', {
        method: 'POST',
        body: '{"query":"{items}"}',
        headers: { 'content-type': type },
      });
      assert.deepEqual(
        [status, json.body, json.headers['content-type']],
        [200, '{"query":"{items}"}', 'application/json'],
      );
    }
    assert.equal(
      (await call('/erp/v2/graphql', { method: 'POST', body: 'x', headers: { 'content-type': 'application/jsonp' } }))
        .status,
      415,
    );
  });

  it('passes the rate limit on', async (t) => {
    const { call } = await start(t, { settings: { rateLimit: 1 } });
    assert.equal((await call()).headers['x-ratelimit-remaining'], '0');
    const { status, headers, json } = await call();
    assert.deepEqual(
      [status, headers['retry-after'], headers['x-ratelimit-limit'], json.error],
      [429, '60', '1', 'rate_limited'],
    );
  });

  it('asks for one access token, however many begin at once, and shows it to nobody', async (t) => {
    const { call, count, worker } = await start(t);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call()));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    // The key set needs the same token.
    assert.equal(count('token'), 1);
    const [token] = new Set(answers.map(({ json }) => json.headers.authorization.slice('Bearer '.length)));
    assert.ok(!JSON.stringify(worker.logs).includes(token));
    assert.ok(answers.every(({ raw }) => !raw.pairs.flat().join().includes(token)));
  });

  it('is made a second time with another token where the first was revoked', async (t) => {
    const { call, count, jtl } = await start(t);
    assert.equal((await call()).status, 200);
    jtl.accessTokens.revoke();
    const before = count('erp');
    assert.deepEqual([(await call()).status, count('erp') - before, count('token')], [200, 2, 2]);
  });

  it('is not repeated where that is not safe, and the next one has another token', async (t) => {
    const { call, count, jtl } = await start(t);
    assert.equal((await call()).status, 200);
    jtl.accessTokens.revoke();
    const before = count('erp');
    const { status, json } = await call('/erp/v2/graphql', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    assert.deepEqual([status, json.error, count('erp') - before], [401, 'invalid_token', 1]);
    assert.equal((await call()).status, 200);
  });

  it('gives up where the API refuses every token, and asks for few', async (t) => {
    const { call, count, jtl } = await start(t);
    assert.equal((await call()).status, 200);
    jtl.endpoints.set('erp', { mode: 'status', status: 401 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => call()));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401]);
    assert.ok(count('token') <= 2, `${count('token')} tokens`);
  });

  it('is 502 where no access token can be had, and asks no more than once in a while', async (t) => {
    const { call, count, jtl, worker } = await start(t);
    const appToken = await jtl.appToken();
    jtl.endpoints.set('app-token', { mode: 'status', status: 500 });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        call('/app/erp/v2/items', { headers: { authorization: `Bearer ${appToken}`, 'x-session-id': '' } }),
      ),
    );
    assert.deepEqual(
      [...new Set(answers.map(({ status, json }) => `${status} ${json.code}`))],
      ['502 upstream_unreachable'],
    );
    assert.equal(count('app-token'), 1);
    await worker.logged({ event: 'access_token_failed', cause: 'access token: status 500' });
    const { provider, keys_from: from } = await worker.logged({ event: 'request', code: 'upstream_unreachable' });
    assert.deepEqual([provider, from], ['jtl-app', 'issuer']);
    assert.equal(count('erp'), 0);
  });

  it('takes the app token of the newer generation, with its grant', async (t) => {
    const { call, jtl } = await start(t);
    const { status, json } = await call('/app/erp/v2/items', {
      headers: { authorization: `Bearer ${await jtl.appToken()}`, 'x-session-id': '' },
    });
    assert.deepEqual(
      [status, json.tenant, json.path, json.headers['x-user']],
      [200, 'tenant-1', '/erp/v2/items', 'user-1'],
    );
  });

  it('is 403 for a session without a tenant', async (t) => {
    const { call, count, jtl } = await start(t);
    const token = await jtl.appToken({ claims: { 'urn:jtl:tenant_id': null } });
    const { status, json } = await call('/app/erp/v2/items', {
      headers: { authorization: `Bearer ${token}`, 'x-session-id': '' },
    });
    assert.deepEqual(
      [status, json.code, json.detail, count('erp')],
      [403, 'permission_denied', 'The session lacks a tenant.', 0],
    );
  });
});
