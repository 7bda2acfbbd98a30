// Tokens of the simulated gateway, judged by commercetools' own verifier.
import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { HOSTILE, hostileNames, startSimulation } from '../../sim/index.mjs';
import { listen } from '../../sim/listen.mjs';

const { createSessionAuthVerifier, createSessionMiddleware } = createRequire(import.meta.url)(
  '@commercetools-backend/express',
);

const AUDIENCE = 'https://api.example.com';
let simulation;
let region;

before(async () => {
  simulation = await startSimulation();
  region = simulation.gateway.regions['gcp-eu'];
});
after(() => simulation.close());

describe('a request through the gateway to a server with createSessionMiddleware', () => {
  const cases = [
    { name: 'v2, full path', path: '/orders/1?expand=lines' },
    { name: 'v2, the root', path: '/' },
    { name: 'v2, the root with a query', path: '/?page=2' },
    { name: 'v2, a trailing slash', path: '/orders/' },
    { name: 'v2, dot segments', path: '/a/../orders' },
    { name: 'v2, percent-encoding', path: '/caf%c3%a9' },
    { name: 'v2, origin', path: '/orders/1', policy: 'forward-url-origin' },
    { name: 'v2, permissions', path: '/orders', permissions: true },
    { name: 'v2, origin and permissions', path: '/orders', policy: 'forward-url-origin', permissions: true },
    { name: 'v1 of a region without an old issuer', path: '/orders', id: 'aws-us', version: undefined },
  ];
  for (const { name, path, policy, permissions, id = 'gcp-eu', version = 'v2' } of cases) {
    it(name, async () => {
      const { regions } = simulation.gateway;
      await withServer({ issuer: regions[id].url, audiencePolicy: policy }, async (origin) => {
        const answer = await fetch(`${regions[id].url}/proxy/forward-to`, {
          headers: {
            ...(version && { 'accept-version': version }),
            'x-forward-to': `${origin}${path}`,
            'x-project-key': 'shop-us',
            ...(policy && { 'x-forward-to-audience-policy': policy }),
            ...(permissions && { 'x-forward-to-claims': 'permissions' }),
          },
        });
        assert.deepEqual(await answer.json(), {
          userId: 'user-1',
          projectKey: 'shop-us',
          ...(permissions && { userPermissions: ['canViewOrders', 'canManageOrders', 'canViewProducts'] }),
        });
        assert.equal(answer.status, 200);
      });
    });
  }

  it('a token for another path is refused', async () => {
    await withServer({ issuer: region.url }, async (origin) => {
      const token = await region.token({ audience: `${origin}/orders` });
      assert.equal((await direct(`${origin}/orders`, token)).status, 200);
      const answer = await direct(`${origin}/customers`, token);
      assert.deepEqual(
        [answer.status, await answer.json()],
        [401, { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'aud' }],
      );
    });
  });

  it('another region’s token is refused', async () => {
    await withServer({ issuer: region.url }, async (origin) => {
      const token = await simulation.gateway.regions['aws-us'].token({ audience: `${origin}/orders` });
      const answer = await direct(`${origin}/orders`, token);
      assert.deepEqual([answer.status, (await answer.json()).code], [401, 'ERR_JWKS_NO_MATCHING_KEY']);
    });
  });
});

describe('hostile tokens and createSessionAuthVerifier', () => {
  // What the verifier does not look at, or reads more generously than the product may.
  const accepted = new Set([
    'issued-in-the-future',
    'wrong-type',
    'no-expiry',
    'payload-not-utf8',
    'duplicated-claim',
    'duplicated-nested-member',
    'deep-payload',
    'padded-base64',
    'standard-base64',
    'trailing-bits',
    'too-large',
    'duplicated-alg',
    'kid-as-number',
    'critical-b64',
  ]);
  const codes = {
    token_expired: /^ERR_JWT_EXPIRED exp$/,
    token_not_yet_valid: /^ERR_JWT_CLAIM_VALIDATION_FAILED nbf$/,
    issuer_mismatch: /^ERR_JWT_CLAIM_VALIDATION_FAILED iss$/,
    audience_mismatch: /^ERR_JWT_CLAIM_VALIDATION_FAILED aud$/,
    claims_malformed: /^ERR_JWT_(INVALID|CLAIM_VALIDATION_FAILED (exp|aud))$/,
    signature_invalid: /^ERR_JWS_SIGNATURE_VERIFICATION_FAILED$/,
    key_unknown: /^ERR_JWKS_NO_MATCHING_KEY$/,
    algorithm_not_allowed: /^ERR_JOSE_ALG_NOT_ALLOWED$/,
    token_malformed: /^ERR_JWS_INVALID$/,
    header_malformed: /^ERR_JWS_INVALID$/,
    header_critical: /^ERR_(JOSE_NOT_SUPPORTED|JWS_INVALID)$/,
  };
  const good = { audience: `${AUDIENCE}/orders` };
  const sampleClaims = { iss: '', aud: '', type: '' };

  async function session(token) {
    const verify = createSessionAuthVerifier({ audience: AUDIENCE, issuer: region.url });
    const request = { headers: headersFor(token), originalUrl: '/orders' };
    await verify(request);
    return request.session;
  }

  it('the good token they are made from is accepted', async () => {
    assert.deepEqual(await session(await region.token(good)), { userId: 'user-1', projectKey: 'shop-eu' });
  });

  for (const name of hostileNames(sampleClaims)) {
    it(`${name} is ${accepted.has(name) ? 'accepted, though it should not be' : 'refused'}`, async () => {
      const outcome = session(await region.token({ ...good, hostile: name }));
      if (accepted.has(name)) return assert.equal((await outcome).userId, 'user-1');
      return assert.rejects(outcome, (/** @type {any} */ error) => {
        assert.match([error.code, error.claim].filter(Boolean).join(' '), codes[HOSTILE[name].code]);
        return true;
      });
    });
  }
});

/** Runs `test` against a server that answers with the session, or with 401 and the reason. */
async function withServer(options, test) {
  let middleware;
  const server = http.createServer((/** @type {http.IncomingMessage & { session?: object }} */ req, res) => {
    middleware(req, res, (error) => {
      res.writeHead(error ? 401 : 200, { 'content-type': 'application/json' });
      res.end(
        JSON.stringify(
          error
            ? { code: error.code, claim: error.claim, message: error.code ? undefined : error.message }
            : req.session,
        ),
      );
    });
  });
  const origin = await listen(server);
  middleware = createSessionMiddleware({ audience: origin, ...options });
  try {
    await test(origin);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function headersFor(token) {
  return {
    authorization: `Bearer ${token}`,
    'x-mc-api-cloud-identifier': 'gcp-eu',
    'x-mc-api-forward-to-version': 'v2',
  };
}

function direct(url, token) {
  return fetch(url, { headers: headersFor(token) });
}
