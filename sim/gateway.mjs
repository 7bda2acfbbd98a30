// A simulated Merchant Center gateway. Each region is a server, since an issuer is an origin.
import { Refusal, sendJson } from './answer.mjs';
import { AUDIENCE_POLICIES, audienceOf, exchangeClaims, LEGACY_ISSUERS } from './exchange-token.mjs';
import { Endpoints } from './fault.mjs';
import { forward, pairsOf } from './forward.mjs';
import { KeyRing } from './keys.mjs';
import { corsHeaders, isLoopback, namesLoopback } from './loopback.mjs';
import { mint } from './mint.mjs';
import { serve } from './server.mjs';
import { Settings } from './settings.mjs';
import { together } from './together.mjs';

/** The caller and the behaviour of the gateway, the same for all regions. */
export const GATEWAY_SETTINGS = {
  userId: 'user-1',
  projects: ['shop-eu', 'shop-us'], // those that the user may use
  permissions: ['canViewOrders', 'canManageOrders', 'canViewProducts'],
  tokenLifetime: 60,
  // Which value wins if the caller sends, for example, `x-forward-header-authorization`: "gateway", "caller",
  // or "both", which sends the header twice. The behaviour of the real gateway is not documented.
  precedence: 'gateway',
  targetTimeoutMs: 30_000,
};

// Which other fields of the caller's request reach the target. That is not documented; no credential is among
// them.
const PASSED_ON = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'transfer-encoding',
  'user-agent',
]);
const PREFIX = 'x-forward-header-';
// How many of the requests that it sent on each region remembers.
const KEEP = 100;
const UNFORWARDABLE = new Set(['', 'connection', 'content-length', 'host', 'transfer-encoding']);

/**
 * Starts the gateway: `{ url, regions: { [id]: Region }, settings, close() }`. `url` is the first region's.
 * `port` is the first region's port; the others follow. With `localLegacyIssuer`, gcp-eu and gcp-us listen on
 * one more port each, and version 1 signs with that URL as its issuer. `keys` are rings by region; new ones by
 * default.
 *
 * @param {{
 *   regions?: string[],
 *   port?: number,
 *   settings?: object,
 *   localLegacyIssuer?: boolean,
 *   keys?: { [region: string]: KeyRing },
 * }} [options]
 */
export async function startGateway({
  regions = ['gcp-eu', 'aws-us'],
  port = 0,
  settings: given,
  localLegacyIssuer = false,
  keys = {},
} = {}) {
  const settings = new Settings(GATEWAY_SETTINGS, given);
  const started = await together(
    regions.map((id, index) =>
      startRegion({ id, port: port && port + index, settings, localLegacyIssuer, keys: keys[id] }),
    ),
  );
  return {
    url: started[0].url,
    regions: Object.fromEntries(started.map((region) => [region.id, region])),
    settings,
    close: () => Promise.all(started.map((region) => region.close())),
  };
}

/**
 * Starts one region:
 * `{ id, url, legacyIssuer, keys, endpoints, settings, requests, token(), claims(), close() }`. `requests` are
 * the last ones that it has sent on.
 */
async function startRegion({ id, port, settings, localLegacyIssuer, keys: given }) {
  const keys = given ?? (await KeyRing.create('RS256'));
  const endpoints = new Endpoints(['jwks', 'discovery', 'forward']);
  const region = {
    id,
    keys,
    endpoints,
    settings,
    /** @type {{ method: string, url: string, headers: [string, string][] }[]} */
    requests: [],
    legacyIssuer: LEGACY_ISSUERS[id],
    url: '',
    claims: (/** @type {Good} */ good) => claimsOf(region, good),
    token: (/** @type {Good & Parameters<typeof mint>[2]} */ request) => tokenOf(region, request),
    close: () => Promise.all(servers.map((server) => server.close())),
  };

  const controls = {
    settings: settings.control,
    keys: keys.control,
    ...endpoints.controls,
    token: { change: async (body) => ({ token: await region.token(body) }) },
    requests: { read: () => region.requests },
  };
  const handle = (req, res, url) => answer(region, req, res, url);
  const withLegacy = localLegacyIssuer && region.legacyIssuer;
  const servers = await together([
    serve({ name: `gateway ${id}`, port, handle, controls }),
    ...(withLegacy ? [serve({ name: `gateway ${id} v1`, handle, controls })] : []),
  ]);
  region.url = servers[0].url;
  if (withLegacy) region.legacyIssuer = servers[1].url;
  return region;
}

/**
 * Returns the claims of a good token, as if `audience` had been called through the gateway.
 *
 * @typedef {{ audience: string, projectKey?: string, permissions?: boolean, version?: string }} Good
 *
 * @param {any} region
 * @param {Good} good
 */
function claimsOf({ url, legacyIssuer, settings }, { audience, projectKey, permissions = false, version = 'v2' }) {
  const { values } = settings;
  return exchangeClaims({
    issuer: version === 'v1' ? (legacyIssuer ?? url) : url,
    audience,
    userId: values.userId,
    projectKey: projectKey ?? values.projects[0],
    permissions: permissions && values.permissions,
    lifetime: values.tokenLifetime,
  });
}

/**
 * Makes a token. The parameters of mint() may change it.
 *
 * @param {any} region
 * @param {Good & Parameters<typeof mint>[2]} request
 */
function tokenOf(region, { claims, header, hostile, ...good }) {
  const { keys } = region;
  return mint(
    keys,
    { claims: claimsOf(region, good), header: { alg: keys.signer.alg, kid: keys.signer.kid } },
    { claims, header, hostile },
  );
}

function answer(region, req, res, url) {
  const { endpoints } = region;
  switch (url.pathname) {
    case '/.well-known/jwks.json':
      return endpoints.answer('jwks', req, res, url, () => ({ json: region.keys.jwks(), etag: true }));
    case '/.well-known/openid-configuration':
      return endpoints.answer('discovery', req, res, url, () => ({
        json: { issuer: url.origin, jwks_uri: `${url.origin}/.well-known/jwks.json` },
      }));
    case '/proxy/forward-to':
      if (!namesLoopback(req)) throw new Refusal(421, 'not_loopback', 'the gateway answers to loopback hosts only');
      for (const [name, value] of Object.entries(corsHeaders(req))) res.setHeader(name, value);
      if (req.method === 'OPTIONS') return res.writeHead(204).end();
      return endpoints.pass('forward', req, res, url, () => forwardTo(region, req, res));
    default:
      return sendJson(res, 404, { error: 'not_found', message: url.pathname });
  }
}

/** Checks the request, makes the token, and sends the request on. */
async function forwardTo(region, req, res) {
  const { target, version, policy, permissions, projectKey } = parseForwardTo(req);
  const { settings } = region;
  if (!settings.values.projects.includes(projectKey))
    throw new Refusal(403, 'project_forbidden', `the user may not use the project ${projectKey}`);

  const token = await region.token({ audience: audienceOf(target, policy), projectKey, permissions, version });
  const own = [
    ['Authorization', `Bearer ${token}`],
    ['X-MC-API-Cloud-Identifier', region.id],
    ['X-MC-API-Forward-To-Version', version],
  ];
  const headers = targetHeaders(req, own, settings.values.precedence);
  remember(region, { method: req.method, url: target.href, headers: [['host', target.host], ...headers] });
  await forward(req, res, { target, headers, timeoutMs: settings.values.targetTimeoutMs });
}

function remember({ requests }, request) {
  requests.push(request);
  requests.splice(0, requests.length - KEEP);
}

function parseForwardTo(req) {
  const header = (name) => req.headers[name];
  const bad = (message) => new Refusal(400, 'invalid_request', message);

  const version = header('accept-version') ?? 'v1';
  if (version !== 'v1' && version !== 'v2') throw bad(`Accept-version must be v1 or v2, not "${version}"`);
  const to = header('x-forward-to');
  if (!to) throw bad('X-Forward-To is missing');
  if (!URL.canParse(to)) throw bad(`X-Forward-To is not a URL: "${to}"`);
  const target = new URL(to);
  const allowed = target.protocol === 'https:' || (target.protocol === 'http:' && isLoopback(target));
  if (!allowed) throw bad('X-Forward-To must be https (the simulation takes http for loopback hosts)');
  if (target.username || target.password) throw bad('X-Forward-To must not hold credentials');
  const policy = header('x-forward-to-audience-policy') ?? AUDIENCE_POLICIES[0];
  if (!AUDIENCE_POLICIES.includes(policy))
    throw bad(`X-Forward-To-Audience-Policy must be one of ${AUDIENCE_POLICIES.join(', ')}, not "${policy}"`);
  const claims = (header('x-forward-to-claims') ?? '').split(' ').filter(Boolean);
  const unknown = claims.filter((name) => name !== 'permissions');
  if (unknown.length > 0) throw bad(`X-Forward-To-Claims supports permissions, not ${unknown.join(', ')}`);
  const projectKey = header('x-project-key');
  if (!projectKey) throw bad('X-Project-Key is missing');
  const unforwardable = Object.keys(req.headers).find(
    (name) => name.startsWith(PREFIX) && UNFORWARDABLE.has(name.slice(PREFIX.length)),
  );
  if (unforwardable) throw bad(`${unforwardable} cannot be forwarded`);
  return { target, version, policy, permissions: claims.includes('permissions'), projectKey };
}

function targetHeaders(req, own, precedence) {
  const sent = pairsOf(req.rawHeaders);
  const passed = sent.filter(([name]) => PASSED_ON.has(name.toLowerCase()));
  const custom = sent
    .filter(([name]) => name.toLowerCase().startsWith(PREFIX))
    .map(([name, value]) => [name.slice(PREFIX.length), value]);
  if (precedence === 'both') return [...passed, ...custom, ...own];
  const ranked = precedence === 'caller' ? [passed, own, custom] : [passed, custom, own];
  return ranked.reduce((weaker, stronger) => [...weaker.filter(([name]) => !has(stronger, name)), ...stronger], []);
}

function has(pairs, name) {
  return pairs.some(([other]) => other.toLowerCase() === name.toLowerCase());
}
