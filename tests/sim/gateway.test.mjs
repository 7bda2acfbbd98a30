// The simulated Merchant Center gateway: its demands, what reaches the target, what comes back.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { startSimulation } from '../../sim/index.mjs';
import { GATEWAY_SETTINGS } from '../../sim/gateway.mjs';
import { knownBytes } from '../../sim/backend-paths.mjs';

let simulation;
let gateway;
let region;
let backend;

before(async () => {
  simulation = await startSimulation({ gateway: { regions: ['gcp-eu', 'aws-us'], localLegacyIssuer: true } });
  ({ gateway, backend } = simulation);
  region = gateway.regions['gcp-eu'];
});
after(() => simulation.close());
beforeEach(() => backend.reset());
afterEach(() => gateway.settings.change(GATEWAY_SETTINGS));

/**
 * Calls the target at a path, as the Merchant Center's own clients do.
 *
 * @param {string} path
 * @param {Omit<RequestInit, 'headers'> & { headers?: object, url?: string, duplex?: 'half' }} [request]
 */
function call(path, { headers = {}, method, body, url = region.url, ...rest } = {}) {
  const all = {
    'accept-version': 'v2',
    'x-forward-to': `${backend.url}${path}`,
    'x-project-key': 'shop-eu',
    ...headers,
  };
  const sent = Object.entries(all).filter(([, value]) => value !== undefined);
  return fetch(`${url}/proxy/forward-to`, { method, body, headers: sent, redirect: 'manual', ...rest });
}

/** Returns the values of a header that reached the target, in order. */
function sentOn(name) {
  assert.equal(backend.requests.length, 1);
  return backend.requests[0].headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

describe('what it demands', () => {
  /** @type {Record<string, [headers: object, status: number, message: RegExp]>} */
  const refused = {
    'no X-Forward-To': [{ 'x-forward-to': undefined }, 400, /X-Forward-To is missing/],
    'no URL': [{ 'x-forward-to': '/orders' }, 400, /not a URL/],
    'plain http to elsewhere': [{ 'x-forward-to': 'http://api.example.com/' }, 400, /must be https/],
    'another scheme': [{ 'x-forward-to': 'file:///etc/passwd' }, 400, /must be https/],
    'credentials in the URL': [{ 'x-forward-to': 'https://a:b@api.example.com/' }, 400, /credentials/],
    'an unknown version': [{ 'accept-version': 'v3' }, 400, /Accept-version/],
    'an unknown policy': [{ 'x-forward-to-audience-policy': 'forward-url' }, 400, /Audience-Policy/],
    'an unknown claim': [{ 'x-forward-to-claims': 'permissions email' }, 400, /email/],
    'no project': [{ 'x-project-key': undefined }, 400, /X-Project-Key is missing/],
    'a header that frames the message': [{ 'x-forward-header-content-length': '1' }, 400, /cannot be forwarded/],
    'a header without a name': [{ 'x-forward-header-': '1' }, 400, /cannot be forwarded/],
    'a project that is not the user’s': [{ 'x-project-key': 'shop-xx' }, 403, /shop-xx/],
  };
  for (const [name, [headers, status, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const answer = await call('/orders', { headers });
      assert.equal(answer.status, status);
      assert.match((await answer.json()).message, message);
      assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
    });
  }

  it('refuses a Host that is not this machine', async () => {
    const status = await new Promise((resolve) =>
      http.get(`${region.url}/proxy/forward-to`, { headers: { host: 'rebound.example' }, agent: false }, (res) =>
        resolve(res.resume().statusCode),
      ),
    );
    assert.equal(status, 421);
  });

  it('takes an empty list of claims', async () => {
    assert.equal((await call('/orders', { headers: { 'x-forward-to-claims': '' } })).status, 200);
  });
});

describe('the token', () => {
  async function tokenSent(options) {
    await call('/orders?x=1', options);
    const [token] = sentOn('authorization').map((value) => value.replace('Bearer ', ''));
    return token;
  }

  it('has exactly the documented header and claims, and verifies', async () => {
    const before = Math.floor(Date.now() / 1000);
    const token = await tokenSent({});
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'RS256', kid: region.keys.signer.kid });
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${region.url}/.well-known/jwks.json`)), {
      issuer: region.url,
      audience: `${backend.url}/orders`,
    });
    const { iat, exp, ...rest } = payload;
    assert.ok(iat >= before && iat <= before + 5);
    assert.equal(exp, iat + 60);
    assert.deepEqual(rest, {
      sub: 'user-1',
      iss: region.url,
      aud: `${backend.url}/orders`,
      type: 'exchange',
      [`${region.url}/claims/project_key`]: 'shop-eu',
    });
  });

  it('follows the settings', async () => {
    gateway.settings.change({
      userId: 'user-2',
      projects: ['other'],
      permissions: ['canViewProducts'],
      tokenLifetime: 5,
    });
    const token = await tokenSent({ headers: { 'x-project-key': 'other', 'x-forward-to-claims': 'permissions' } });
    const claims = decodeJwt(token);
    assert.equal(claims.sub, 'user-2');
    assert.equal(claims.exp - claims.iat, 5);
    assert.equal(claims[`${region.url}/claims/project_key`], 'other');
    assert.deepEqual(claims[`${region.url}/claims/user_permissions`], ['canViewProducts']);
  });

  for (const version of ['v1', undefined]) {
    it(`of version 1 (Accept-version ${version ?? 'absent'}) has the old issuer`, async () => {
      const token = await tokenSent({ headers: { 'accept-version': version } });
      assert.notEqual(region.legacyIssuer, region.url);
      const keys = createRemoteJWKSet(new URL(`${region.legacyIssuer}/.well-known/jwks.json`));
      const { payload } = await jwtVerify(token, keys, { issuer: region.legacyIssuer });
      assert.equal(payload[`${region.legacyIssuer}/claims/project_key`], 'shop-eu');
      assert.deepEqual(sentOn('x-mc-api-forward-to-version'), ['v1']);
    });
  }

  it('of each region has its own issuer and keys', async () => {
    const other = gateway.regions['aws-us'];
    const token = await tokenSent({ url: other.url });
    assert.equal(decodeJwt(token).iss, other.url);
    assert.deepEqual(sentOn('x-mc-api-cloud-identifier'), ['aws-us']);
    await jwtVerify(token, createLocalJWKSet(other.keys.jwks()));
    await assert.rejects(jwtVerify(token, createLocalJWKSet(region.keys.jwks())), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });
});

describe('what reaches the target', () => {
  it('is no credential and no header of the caller but those meant for it', async () => {
    await call('/orders', {
      headers: {
        authorization: 'Bearer session',
        cookie: 'mcAccessToken=1',
        'x-other': '1',
        'x-forward-header-X-Custom': 'one',
        accept: 'text/csv',
      },
    });
    assert.deepEqual(sentOn('x-custom'), ['one']);
    assert.deepEqual(sentOn('accept'), ['text/csv']);
    for (const name of [
      'cookie',
      'x-other',
      'x-forward-to',
      'x-project-key',
      'accept-version',
      'x-forward-header-x-custom',
    ])
      assert.deepEqual(sentOn(name), [], name);
    assert.match(sentOn('authorization').join(), /^Bearer eyJ/);
    assert.deepEqual(sentOn('host'), [new URL(backend.url).host]);
  });

  it('is remembered as it was sent on', async () => {
    await call('/orders?a=b', { method: 'DELETE', headers: { 'x-forward-header-X-Custom': 'one' } });
    const { method, url, headers } = region.requests.at(-1);
    assert.deepEqual([method, url], ['DELETE', `${backend.url}/orders?a=b`]);
    for (const [name, value] of headers) assert.deepEqual(sentOn(name.toLowerCase()), [value]);
    assert.ok(['authorization', 'x-custom'].every((wanted) => headers.some(([name]) => name.toLowerCase() === wanted)));
  });

  const precedences = {
    gateway: { authorization: [/^Bearer eyJ/], version: ['v2'] },
    caller: { authorization: [/^Bearer forged$/], version: ['v1'] },
    both: { authorization: [/^Bearer forged$/, /^Bearer eyJ/], version: ['v1', 'v2'] },
  };
  for (const [precedence, expected] of Object.entries(precedences)) {
    it(`with precedence "${precedence}"`, async () => {
      gateway.settings.change({ precedence });
      await call('/orders', {
        headers: {
          'x-forward-header-authorization': 'Bearer forged',
          'x-forward-header-x-mc-api-forward-to-version': 'v1',
        },
      });
      const values = sentOn('authorization');
      assert.equal(values.length, expected.authorization.length);
      values.forEach((value, index) => assert.match(value, expected.authorization[index]));
      assert.deepEqual(sentOn('x-mc-api-forward-to-version'), expected.version);
    });
  }

  it('is the body as it comes', async () => {
    const size = 64 << 20;
    const chunks = knownBytes(size);
    const body = new ReadableStream({
      pull: (controller) => {
        const { done, value } = chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    const answer = await call('/upload', { method: 'POST', body, duplex: 'half' });
    const said = await answer.json();
    assert.equal(said.body.length, size);
    assert.deepEqual(sentOn('transfer-encoding'), ['chunked']);
  });
});

describe('what comes back', () => {
  it('is the target’s status, headers and bytes', async () => {
    assert.equal((await call('/status/418')).status, 418);
    assert.deepEqual(await (await call('/gzip')).json(), { compressed: true });
    assert.equal((await call('/cookies')).headers.getSetCookie().length, 2);
    const file = await call('/file');
    assert.equal(file.headers.get('content-length'), '65536');
    assert.equal((await file.arrayBuffer()).byteLength, 65536);
  });

  it('is a redirect, not followed', async () => {
    const answer = await call('/redirect?to=/orders');
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/orders']);
    assert.equal(backend.counters.requests, 1);
  });

  it('is streamed', async () => {
    const answer = await call('/sse?count=2&interval=300');
    const reader = answer.body.getReader();
    const { value } = await reader.read();
    assert.equal(Buffer.from(value).toString(), 'id: 1\ndata: event 1\n\n');
    await reader.cancel();
  });

  it('is 502 when the target is down, 503 when it is too slow', async () => {
    const down = await call('', { headers: { 'x-forward-to': 'http://127.0.0.1:1/' } });
    assert.deepEqual([down.status, (await down.json()).error], [502, 'target_unreachable']);
    gateway.settings.change({ targetTimeoutMs: 50 });
    const slow = await call('/never', { method: 'POST', body: 'x' });
    assert.deepEqual([slow.status, (await slow.json()).error], [503, 'target_timeout']);
  });

  it('has CORS headers for pages of this machine only', async () => {
    const origin = 'http://localhost:3001';
    const preflight = await call('/orders', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-headers': 'x-forward-to' },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'x-forward-to');
    assert.equal(backend.counters.requests, 0);
    assert.equal((await call('/orders', { headers: { origin } })).headers.get('access-control-allow-origin'), origin);
    assert.equal(
      (await call('/orders', { headers: { origin: 'https://evil.example' } })).headers.get(
        'access-control-allow-origin',
      ),
      null,
    );
  });
});

describe('discovery', () => {
  it('names the issuer and its keys', async () => {
    for (const issuer of [region.url, region.legacyIssuer, gateway.regions['aws-us'].url]) {
      const found = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
      assert.deepEqual(found, { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
      assert.equal((await (await fetch(found.jwks_uri)).json()).keys.length, 1);
    }
  });
});
