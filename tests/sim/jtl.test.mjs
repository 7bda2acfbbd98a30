// The simulated JTL platform: access tokens, key sets behind them, session and app tokens, the tenant-scoped API.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { hostileNames, startJtl } from '../../sim/index.mjs';
import { JTL_SETTINGS } from '../../sim/jtl.mjs';

let jtl;

before(async () => {
  jtl = await startJtl();
});
after(() => jtl.close());
afterEach(() => {
  jtl.settings.change(JTL_SETTINGS);
  jtl.endpoints.clear();
  jtl.endpoints.reset();
});

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

function tokenRequest({
  path = '/oauth2/token',
  authorization = basic('sim-client', 'sim-secret'),
  type = 'application/x-www-form-urlencoded',
  body = 'grant_type=client_credentials',
} = {}) {
  return fetch(`${jtl.url}${path}`, {
    method: 'POST',
    headers: { ...(authorization && { authorization }), 'content-type': type },
    body,
  });
}

async function accessToken(options) {
  return (await (await tokenRequest(options)).json()).access_token;
}

function keySet(token) {
  return fetch(`${jtl.url}/account/.well-known/jwks.json`, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
}

describe('the token endpoint', () => {
  it('answers right credentials with a token and what the settings announce', async () => {
    jtl.settings.change({ expiresIn: 86400 });
    const answer = await tokenRequest();
    const { access_token, ...rest } = await answer.json();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 86400 });
    assert.match(access_token, /^[\w-]{32}$/);
  });

  /** @type {Record<string, [options: object, status: number, error: string]>} */
  const refused = {
    'no credentials': [{ authorization: '' }, 401, 'invalid_client'],
    'a wrong secret': [{ authorization: basic('sim-client', 'guess') }, 401, 'invalid_client'],
    'a wrong id': [{ authorization: basic('other', 'sim-secret') }, 401, 'invalid_client'],
    'another scheme': [{ authorization: 'Bearer sim-secret' }, 401, 'invalid_client'],
    'another grant': [{ body: 'grant_type=password' }, 400, 'unsupported_grant_type'],
    JSON: [{ type: 'application/json', body: '{"grant_type":"client_credentials"}' }, 400, 'invalid_request'],
  };
  for (const [name, [options, status, error]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const answer = await tokenRequest(options);
      assert.equal(answer.status, status);
      assert.deepEqual(await answer.json(), { error });
    });
  }

  it('has a second address for the newer generation', async () => {
    assert.equal(
      (await keySet(await accessToken({ path: '/oauth/v2/token', body: 'grant_type=client_credentials&scope=openid' })))
        .status,
      200,
    );
  });
});

describe('the session tokens’ key set', () => {
  it('demands an access token', async () => {
    const bare = await keySet();
    assert.equal(bare.status, 401);
    assert.match(bare.headers.get('www-authenticate'), /^Bearer/);
    assert.equal((await keySet('invented')).status, 401);
    const answer = await keySet(await accessToken());
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), jtl.sessionKeys.jwks());
  });

  it('demands one that has not expired', async () => {
    jtl.settings.change({ lifetime: 0.2 });
    const token = await accessToken();
    assert.equal((await keySet(token)).status, 200);
    await sleep(220);
    assert.equal((await keySet(token)).status, 401);
  });

  it('demands one that has not been revoked', async () => {
    const token = await accessToken();
    jtl.accessTokens.revoke();
    assert.equal((await keySet(token)).status, 401);
    assert.equal((await keySet(await accessToken())).status, 200);
  });
});

describe('the session token', () => {
  it('is as documented: no kid in the header, a customer’s in the claims, no registered claim but exp', async () => {
    const token = await jtl.sessionToken();
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'EdDSA', typ: 'JWT' });
    const { payload } = await jwtVerify(token, createLocalJWKSet(jtl.sessionKeys.jwks()));
    const { exp, ...rest } = payload;
    assert.ok(Math.abs(exp - Date.now() / 1000 - 300) < 3);
    assert.deepEqual(rest, { userId: 'user-1', tenantId: 'tenant-1', tenantSlug: 'tenant-one', kid: 'customer-1' });
    assert.notEqual(payload.kid, jtl.sessionKeys.signer.kid);
  });

  it('follows the settings, and changes on request', async () => {
    jtl.settings.change({ tenantId: 'tenant-2', tenantSlug: '', sessionLifetime: 10 });
    const { exp, ...rest } = decodeJwt(await jtl.sessionToken({ claims: { userId: null, extra: { a: 1 } } }));
    assert.ok(exp - Date.now() / 1000 <= 10);
    assert.deepEqual(rest, { tenantId: 'tenant-2', kid: 'customer-1', extra: { a: 1 } });
    assert.deepEqual(decodeProtectedHeader(await jtl.sessionToken({ header: { kid: 'k', typ: null } })), {
      alg: 'EdDSA',
      kid: 'k',
    });
  });

  it('has hostile variants, of which jose refuses all but those it reads more generously', async () => {
    const keys = createLocalJWKSet(jtl.sessionKeys.jwks());
    const accepted = [];
    for (const name of hostileNames(jtl.sessionClaims())) {
      const token = await jtl.sessionToken({ hostile: name });
      await jwtVerify(token, keys, { algorithms: ['EdDSA'], requiredClaims: ['exp'] }).then(
        () => accepted.push(name),
        () => {},
      );
    }
    assert.deepEqual(accepted, [
      'issued-in-the-future',
      'duplicated-claim',
      'duplicated-nested-member',
      'deep-payload',
      'padded-base64',
      'trailing-bits',
      'too-large',
      'duplicated-alg',
      'critical-b64',
    ]);
  });
});

describe('the app token', () => {
  it('verifies against what the issuer publishes', async () => {
    const { issuer, jwks_uri } = await (await fetch(`${jtl.url}/.well-known/openid-configuration`)).json();
    const token = await jtl.appToken();
    assert.deepEqual(decodeProtectedHeader(token), { alg: 'RS256', typ: 'JWT', kid: jtl.appKeys.signer.kid });
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer, audience: 'app-1' });
    const { iat, exp, ...rest } = payload;
    assert.equal(exp - iat, 300);
    assert.deepEqual(rest, {
      iss: jtl.url,
      sub: 'user-1',
      aud: ['app-1'],
      'urn:jtl:app_id': 'app-1',
      'urn:jtl:tenant_id': 'tenant-1',
    });
  });

  it('has the issuer that the settings name', async () => {
    jtl.settings.change({ appIssuer: 'https://id.jtl-cloud.com', appId: 'app-2' });
    const { iss, aud } = decodeJwt(await jtl.appToken());
    assert.deepEqual([iss, aud], ['https://id.jtl-cloud.com', ['app-2']]);
    assert.equal(
      (await (await fetch(`${jtl.url}/.well-known/openid-configuration`)).json()).issuer,
      'https://id.jtl-cloud.com',
    );
  });
});

describe('the tenant-scoped API', () => {
  /** @param {{ token?: string, tenant?: string, type?: string, body?: string, path?: string }} [call] */
  async function erp({ token, tenant = 'tenant-1', type, body, path = '/erp/v2/items?page=2' } = {}) {
    const headers = {
      authorization: `Bearer ${token ?? (await accessToken())}`,
      ...(tenant && { 'x-tenant-id': tenant }),
      ...(type && { 'content-type': type }),
    };
    return fetch(`${jtl.url}${path}`, { method: body ? 'POST' : 'GET', headers, body });
  }

  it('echoes, with the rate limit', async () => {
    const answer = await erp({ body: '{"a":1}', type: 'application/json' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('x-ratelimit-limit'), '1000');
    assert.equal(answer.headers.get('x-ratelimit-remaining'), '999');
    const { method, path, tenant, body } = await answer.json();
    assert.deepEqual(
      { method, path, tenant, body },
      { method: 'POST', path: '/erp/v2/items?page=2', tenant: 'tenant-1', body: '{"a":1}' },
    );
  });

  it('demands the access token, the tenant and the exact content type', async () => {
    assert.equal((await erp({ token: 'invented' })).status, 401);
    assert.equal((await erp({ tenant: '' })).status, 400);
    assert.equal((await erp({ body: '{}', type: 'application/json; charset=utf-8' })).status, 415);
    assert.equal((await erp({ body: 'a=1', type: 'application/x-www-form-urlencoded' })).status, 415);
  });

  it('answers 429 past its limit', async () => {
    jtl.settings.change({ rateLimit: 1 });
    assert.equal((await erp()).status, 200);
    const answer = await erp();
    assert.deepEqual(
      [answer.status, answer.headers.get('x-ratelimit-remaining'), answer.headers.get('retry-after')],
      [429, '0', '60'],
    );
  });

  it('answers once with whatever status it is told', async () => {
    for (const status of [429, 401]) {
      jtl.endpoints.set('erp', { mode: 'status', status, headers: { 'retry-after': '1' }, times: 1 });
      const answer = await erp();
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [status, '1']);
      assert.equal((await erp()).status, 200);
    }
  });
});
