// A faulty configuration serves nothing, and only the log says why. A configuration without faults is followed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { asJtl, asMc } from './support/verdict.mjs';

/** @typedef {import('../../testing/exchange.mjs').Sent} Sent */

async function start(t, options) {
  const all = await startAll(options);
  t.after(all.close);
  return all;
}

/**
 * Sends requests, which must all be refused, and returns the faults in the one line of the log that names them.
 */
async function faultsOf({ worker, backend, region, jtl }) {
  const requests = /** @type {[string, Sent][]} */ ([
    ['/', {}],
    ['/orders?x=1', { headers: { 'x-session-id': await jtl.sessionToken() } }],
    ['/a//b', { method: 'POST', body: 'x' }],
    ['/healthz', { method: 'OPTIONS' }],
    ['/', { method: 'HEAD' }],
  ]);
  for (const [target, request] of requests) {
    const answer = await send(worker.url, target, request);
    assert.equal(answer.status, 500);
    const { 'content-length': _, ...headers } = answer.headers;
    assert.deepEqual(headers, {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      connection: 'close',
    });
    // The answer says no more than this: the faults are not the caller's business.
    const detail = "The gateway's configuration is invalid; its log names every fault.";
    const problem = {
      type: 'urn:drawbridge:problem:misconfigured',
      title: 'Misconfigured gateway',
      status: 500,
      detail,
      code: 'misconfigured',
      error: 'misconfigured',
      message: detail,
    };
    if (request.method === 'HEAD') assert.equal(answer.body.length, 0);
    else assert.deepEqual(JSON.parse(answer.body.toString()), problem);
    await worker.logged({
      event: 'request',
      method: request.method ?? 'GET',
      path: target.split('?')[0],
      code: 'misconfigured',
      status: 500,
    });
  }
  await worker.cron();
  assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
  assert.equal(region.endpoints.counters.jwks.fetches + jtl.endpoints.counters.token.fetches, 0);
  const lines = worker.logs.filter(({ event }) => event === 'misconfigured');
  assert.equal(lines.length, 1);
  const [{ faults, ...line }] = lines;
  assert.deepEqual(line, { level: 'error', event: 'misconfigured' });
  return faults;
}

// What an empty configuration lacks.
const NOTHING_ELSE = [
  'providers: is required: at least one provider',
  'upstreams.origin: is required: the backend of requests that no route matches; or set unmatched = "deny"',
];

describe('a configuration with faults', { concurrency: 3 }, () => {
  it('is refused with every one of them', async (t) => {
    const change = (_, sim) => ({
      public_url: 'http://api.example.com',
      clock_skew_seconds: 61,
      providerz: [],
      providers: [
        { name: 'mc', kind: 'merchant-centre' },
        { name: 'mc 2', kind: 'merchant-center', regions: ['gcp-eu', 'gcp-mars'], reject_status: 418 },
        {
          name: 'jtl',
          kind: 'jtl-session',
          api_url: sim.jtl.url,
          client_id_secret_name: 'JTL_CLIENT_ID',
          client_secret_secret_name: 'the secret itself!',
        },
      ],
      upstreams: { origin: { url: 'ftp://backend.example.com', timeout_ms: 0 } },
      keys: { fresh_seconds: '600', timeout_ms: 200, wait_ms: 300 },
    });
    const all = await start(t, { change, kv: false });
    const faults = await faultsOf(all);
    assert.deepEqual(
      faults.map((fault) => fault.split(': ')[0]),
      [
        'clock_skew_seconds',
        'keys.fresh_seconds',
        'keys.wait_ms',
        'providers[0].kind',
        'providers[1].name',
        'providers[1].regions[1]',
        'providers[1].reject_status',
        'providers[2].auth_url',
        'providers[2].client_secret_secret_name',
        'providerz',
        'public_url',
        'upstreams.origin.timeout_ms',
        'upstreams.origin.url',
        'JWKS_CACHE',
      ],
    );
    assert.ok(faults.includes('clock_skew_seconds: is 61; must be an integer from 0 to 60'));
    assert.ok(faults.includes('providerz: is not a known setting; did you mean `providers`?'));
    assert.doesNotMatch(JSON.stringify(all.worker.logs), /the secret itself/);
  });

  for (const [what, options, expected] of [
    ['without the namespace', { kv: false }, ['JWKS_CACHE: is missing; bind a KV namespace to it']],
    [
      'with something else as the namespace',
      { kv: false, bindings: { JWKS_CACHE: 'text' } },
      ['JWKS_CACHE: is missing; bind a KV namespace to it'],
    ],
    ['without a secret', { bindings: { JTL_CLIENT_ID: undefined } }, ['JTL_CLIENT_ID: is missing; set this secret']],
    [
      'with an empty secret',
      { bindings: { JTL_CLIENT_SECRET: '' } },
      ['JTL_CLIENT_SECRET: is missing; set this secret'],
    ],
    [
      'without the variable',
      { change: () => undefined },
      ['DRAWBRIDGE: is missing; the configuration is the variable DRAWBRIDGE', ...NOTHING_ELSE],
    ],
    [
      'that is no JSON',
      { change: (config) => JSON.stringify(config).slice(1) },
      ['DRAWBRIDGE: is not valid JSON', ...NOTHING_ELSE],
    ],
    ['that is an array', { change: (config) => [config] }, ['DRAWBRIDGE: is not a JSON object', ...NOTHING_ELSE]],
    [
      'with a member twice',
      { change: (config) => JSON.stringify(config).replace('{', '{"upstreams":{},') },
      ['DRAWBRIDGE: has a member twice', ...NOTHING_ELSE],
    ],
    [
      'with a value in two variables',
      {
        change: (config) => ({ ...config, clock_skew_seconds: 1 }),
        bindings: { DRAWBRIDGE_B: { clock_skew_seconds: 2 } },
      },
      ['clock_skew_seconds: is given twice, the second time in DRAWBRIDGE_B'],
    ],
  ]) {
    it(`is refused: ${what}`, async (t) => assert.deepEqual(await faultsOf(await start(t, options)), expected));
  }
});

describe('a configuration', { concurrency: 3 }, () => {
  it('may be a JSON string', async (t) => {
    const all = await start(t, { change: (config) => JSON.stringify(config, null, 2) });
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
  });

  it('may be spread over variables, whichever of them are strings', async (t) => {
    const all = await start(t, {
      change: ({ upstreams }) => ({ upstreams }),
      bindings: ({ providers: [mc, jtl] }) => ({
        DRAWBRIDGE_A: { providers: [mc] },
        DRAWBRIDGE_B: JSON.stringify({ providers: [jtl] }),
        DRAWBRIDGES: 'garbage',
      }),
    });
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
  });

  it('says under which addresses callers reach the worker', async (t) => {
    const all = await start(t, {
      change: (config) => ({ ...config, public_url: ['https://api.example.com', 'https://other.example.com/base'] }),
    });
    const audience = (aud) => all.region.token({ audience: aud });
    for (const [aud, expected] of [
      ['https://api.example.com/orders', 'ok'],
      ['https://other.example.com/base/orders', 'ok'],
      ['https://other.example.com/orders', 'audience_mismatch'],
      ['https://api.example.com', 'audience_mismatch'],
      [`${all.worker.url}/orders`, 'audience_mismatch'],
    ])
      assert.equal(await asMc(all, await audience(aud)), expected, aud);
    const { headers } = await send(all.worker.url, '/orders');
    assert.equal(headers['www-authenticate'], 'Bearer realm="https://api.example.com"');
  });

  it('says what the audience is made of', async (t) => {
    const policy =
      (value) =>
      ({ providers: [mc, ...rest], ...others }) => ({
        ...others,
        providers: [{ ...mc, audience_policy: value }, ...rest],
      });
    for (const [value, full, origin] of [
      ['forward-url-full-path', 'ok', 'audience_mismatch'],
      ['forward-url-origin', 'audience_mismatch', 'ok'],
      [['forward-url-full-path', 'forward-url-origin'], 'ok', 'ok'],
    ]) {
      const all = await start(t, { change: policy(value) });
      const called = async (policyOfCall) => {
        const headers = {
          'accept-version': 'v2',
          'x-forward-to': `${all.worker.url}/orders`,
          'x-project-key': 'shop-eu',
          'x-forward-to-audience-policy': policyOfCall,
        };
        const { status, body } = await send(all.region.url, '/proxy/forward-to', { headers });
        return status === 200 ? 'ok' : JSON.parse(body.toString()).code;
      };
      assert.deepEqual([await called('forward-url-full-path'), await called('forward-url-origin')], [full, origin]);
    }
  });

  it('says in which header a token is, and leaves the others alone', async (t) => {
    const all = await start(t, {
      change: ({ providers: [mc, jtl], ...rest }) => ({
        ...rest,
        providers: [{ ...mc, header: 'X-Token', scheme: 'JWT' }, jtl],
      }),
    });
    const token = await all.region.token({ audience: `${all.worker.url}/orders` });
    assert.equal(await asMc(all, token), 'token_missing');
    const headers = { 'x-token': `jwt ${token}`, x_token: 'alias', authorization: 'Basic YTpi' };
    assert.equal((await send(all.worker.url, '/orders', { headers })).status, 200);
    const [{ headers: arrived }] = all.backend.requests;
    assert.deepEqual(
      arrived.filter(([name]) => /token|authorization/i.test(name)),
      [['Authorization', 'Basic YTpi']],
    );
  });
});
