// A simulated JTL platform: account and ERP API, authorization server and identity provider on one origin.
import { readBody, Refusal, sendJson } from './answer.mjs';
import { AccessTokens } from './access-token.mjs';
import { Endpoints } from './fault.mjs';
import { KeyRing } from './keys.mjs';
import { mint } from './mint.mjs';
import { serve } from './server.mjs';
import { Settings } from './settings.mjs';

/** The caller, the app and the behaviour of the platform. */
export const JTL_SETTINGS = {
  clientId: 'sim-client',
  clientSecret: 'sim-secret',
  expiresIn: 3600, // what the token endpoint announces
  lifetime: 3600, // how long an access token is really accepted
  userId: 'user-1',
  tenantId: 'tenant-1',
  tenantSlug: 'tenant-one', // '' leaves the claim out
  customerId: 'customer-1', // the session token's claim `kid`, which names no key
  sessionLifetime: 300, // not documented
  appId: 'app-1',
  appIssuer: '', // of app tokens; '' for this server's own URL
  appLifetime: 300,
  rateLimit: 1000, // requests to the ERP API until its counter is reset
};

/** @typedef {Parameters<typeof mint>[2]} Changes */

/**
 * Starts the platform: `{ url, sessionKeys, appKeys, endpoints, accessTokens, settings, sessionToken(),
 * sessionClaims(), appToken(), appClaims(), close() }`. `keys` are the rings `session` and `app`; new ones by
 * default.
 *
 * @param {{
 *   port?: number,
 *   settings?: object,
 *   keys?: { session?: KeyRing, app?: KeyRing },
 * }} [options]
 */
export async function startJtl({ port = 0, settings: given, keys = {} } = {}) {
  const settings = new Settings(JTL_SETTINGS, given);
  const [sessionKeys, appKeys] = await Promise.all([
    keys.session ?? KeyRing.create('EdDSA'),
    keys.app ?? KeyRing.create('RS256'),
  ]);
  const endpoints = new Endpoints(['token', 'jwks', 'app-discovery', 'app-keys', 'app-token', 'erp']);
  const jtl = {
    url: '',
    sessionKeys,
    appKeys,
    endpoints,
    settings,
    accessTokens: new AccessTokens(settings),
    sessionClaims: () => sessionClaims(settings.values),
    appClaims: () => appClaims(settings.values, settings.values.appIssuer || jtl.url),
    /** A session token. @param {Changes} [changes] */
    sessionToken: (changes) =>
      mint(sessionKeys, { claims: jtl.sessionClaims(), header: { alg: 'EdDSA', typ: 'JWT' } }, changes),
    /** An app token. @param {Changes} [changes] */
    appToken: (changes) =>
      mint(
        appKeys,
        { claims: jtl.appClaims(), header: { alg: 'RS256', typ: 'JWT', kid: appKeys.signer.kid } },
        changes,
      ),
  };

  const controls = {
    settings: settings.control,
    'session-keys': sessionKeys.control,
    'app-keys': appKeys.control,
    ...endpoints.controls,
    'access-tokens': jtl.accessTokens.control,
    'session-token': { change: async (body) => ({ token: await jtl.sessionToken(body) }) },
    'app-token': { change: async (body) => ({ token: await jtl.appToken(body) }) },
  };
  const server = await serve({ name: 'jtl', port, handle: (req, res, url) => answer(jtl, req, res, url), controls });
  return Object.assign(jtl, { url: server.url, close: server.close });
}

/**
 * Returns the claims of a session token. As documented, there is no issuer, audience, subject or issue time.
 */
export function sessionClaims({ userId, tenantId, tenantSlug, customerId, sessionLifetime }) {
  const exp = Math.floor(Date.now() / 1000) + sessionLifetime;
  return { exp, userId, tenantId, ...(tenantSlug && { tenantSlug }), kid: customerId };
}

/** Returns the claims of an app token. */
export function appClaims({ userId, tenantId, appId, appLifetime }, issuer) {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: userId,
    aud: [appId],
    iat,
    exp: iat + appLifetime,
    'urn:jtl:app_id': appId,
    'urn:jtl:tenant_id': tenantId,
  };
}

function answer(jtl, req, res, url) {
  const { endpoints, accessTokens } = jtl;
  switch (url.pathname) {
    case '/oauth2/token':
      return endpoints.answer('token', req, res, url, () => accessTokens.grant(req));
    case '/account/.well-known/jwks.json':
      return endpoints.answer('jwks', req, res, url, () => {
        demandAccessToken(jtl, req);
        return { json: jtl.sessionKeys.jwks(), etag: true };
      });
    case '/.well-known/openid-configuration':
      return endpoints.answer('app-discovery', req, res, url, () => ({ json: discovery(jtl) }));
    case '/oauth/v2/keys':
      return endpoints.answer('app-keys', req, res, url, () => ({ json: jtl.appKeys.jwks(), etag: true }));
    case '/oauth/v2/token':
      return endpoints.answer('app-token', req, res, url, () => accessTokens.grant(req));
    default:
      if (url.pathname.startsWith('/erp/v2/')) return endpoints.answer('erp', req, res, url, () => erp(jtl, req, url));
      return sendJson(res, 404, { error: 'not_found', message: url.pathname });
  }
}

function discovery({ url, settings }) {
  return {
    issuer: settings.values.appIssuer || url,
    jwks_uri: `${url}/oauth/v2/keys`,
    token_endpoint: `${url}/oauth/v2/token`,
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function demandAccessToken({ accessTokens }, req) {
  if (!accessTokens.admits(req)) {
    throw new Refusal(401, 'invalid_token', 'a valid access token is required', {
      'www-authenticate': 'Bearer error="invalid_token"',
    });
  }
}

/** A stand-in for the tenant-scoped API: it makes the same demands, and echoes. */
async function erp(jtl, req, url) {
  demandAccessToken(jtl, req);
  const tenant = req.headers['x-tenant-id'];
  if (!tenant) throw new Refusal(400, 'tenant_missing', 'X-Tenant-ID is missing');
  const body = await readBody(req);
  if (body.length > 0 && req.headers['content-type'] !== 'application/json') {
    throw new Refusal(
      415,
      'content_type',
      `the content type must be exactly application/json, not "${req.headers['content-type'] ?? ''}"`,
    );
  }
  const { rateLimit } = jtl.settings.values;
  const remaining = rateLimit - jtl.endpoints.counters.erp.fetches;
  const headers = {
    'x-ratelimit-limit': rateLimit,
    'x-ratelimit-remaining': Math.max(0, remaining),
    'x-ratelimit-reset': 60,
  };
  if (remaining < 0)
    throw new Refusal(429, 'rate_limited', `more than ${rateLimit} requests`, { ...headers, 'retry-after': 60 });
  return {
    headers,
    json: { method: req.method, path: url.pathname + url.search, tenant, headers: req.headers, body: body.toString() },
  };
}
