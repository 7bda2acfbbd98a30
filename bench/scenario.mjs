// What is asked of the workers: an algorithm with its claims, and the requests.

export const PUBLIC_URL = 'https://api.example.com';
export const PATH = '/orders';
const QUERY = '?limit=20&expand=customer';
const LIFETIME_SECONDS = 7200;

const PERMISSIONS = [
  'canViewOrders',
  'canManageOrders',
  'canViewProducts',
  'canViewCustomers',
  'canViewDeveloperSettings',
];

/**
 * The two algorithms in their usual form: RS256 in the Merchant Center's exchange tokens, EdDSA in an OpenID
 * Connect issuer's. Each is `{ algorithm, jwksPath, claims(issuer), audience, provider(issuer) }`.
 */
export const SCENARIOS = {
  RS256: {
    algorithm: 'RS256',
    jwksPath: '/.well-known/jwks.json',
    claims: (issuer) => ({
      ...timely(),
      iss: issuer,
      sub: 'd7b2c6b0-6f0e-4a8b-9d0a-0f4b8f1b7c11',
      aud: PUBLIC_URL + PATH,
      type: 'exchange',
      [`${issuer}/claims/project_key`]: 'shop-eu',
      [`${issuer}/claims/user_permissions`]: PERMISSIONS,
    }),
    provider: (issuer) => ({ name: 'bench', kind: 'merchant-center', regions: [issuer] }),
  },
  EdDSA: {
    algorithm: 'EdDSA',
    jwksPath: '/keys/eddsa',
    audience: 'orders-api',
    claims: (issuer) => ({
      ...timely(),
      iss: issuer,
      sub: 'd7b2c6b0-6f0e-4a8b-9d0a-0f4b8f1b7c11',
      aud: 'orders-api',
      scope: PERMISSIONS.join(' '),
    }),
    provider: (issuer) => ({
      name: 'bench',
      kind: 'oidc',
      issuer,
      audiences: ['orders-api'],
      algorithms: ['EdDSA'],
      jwks_uri: `${issuer}/keys/eddsa`,
    }),
  },
};

function timely() {
  const now = Math.floor(Date.now() / 1000);
  return { iat: now, exp: now + LIFETIME_SECONDS };
}

/**
 * The variables of every worker for a scenario; each worker reads those it knows. `change` alters Drawbridge's
 * configuration. Drawbridge writes no log line for each request, since the other workers do not either.
 *
 * @typedef {{
 *   algorithm: string,
 *   jwksPath: string,
 *   audience?: string,
 *   claims: (issuer: string) => object,
 *   provider: (issuer: string) => object,
 * }} Scenario
 *
 * @param {Scenario} scenario
 * @param {{ origin: string, issuer: string }} urls
 * @param {(config: any) => object} [change]
 * @returns {Record<string, unknown>}
 */
export function variablesFor(
  { algorithm, jwksPath, audience, provider },
  { origin, issuer },
  change = (config) => config,
) {
  const config = {
    public_url: PUBLIC_URL,
    providers: [provider(issuer)],
    upstreams: { origin: { url: origin } },
    log: { allowed_sample: 0 },
  };
  return {
    ORIGIN: origin,
    ISSUER: issuer,
    JWKS_URI: issuer + jwksPath,
    ALGORITHM: algorithm,
    AUDIENCE: audience,
    PUBLIC_URL,
    DRAWBRIDGE: change(config),
  };
}

/** Fields that are added in front of a worker, by the Merchant Center's gateway and by Cloudflare's network. */
const HEADERS = {
  host: new URL(PUBLIC_URL).host,
  accept: 'application/json',
  'accept-encoding': 'gzip, br',
  'accept-language': 'en-GB,en;q=0.9',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'x-mc-api-cloud-identifier': 'gcp-eu',
  'x-mc-api-forward-to-version': 'v2',
  'x-correlation-id': 'mc/7d1d4b3e-8c1b-4bb0-9f39-2f3e0d1f6a55',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'cdn-loop': 'cloudflare; loops=1',
  'cf-connecting-ip': '203.0.113.7',
  'cf-ipcountry': 'DE',
  'cf-ray': '9a1b2c3d4e5f6a7b-FRA',
  'cf-visitor': '{"scheme":"https"}',
};

/** One request without its token. With `count`, it has that many header fields in all. */
export function requestWith({ path = PATH, count = Object.keys(HEADERS).length + 1 } = {}) {
  const all = Object.entries(HEADERS);
  const more = Array.from({ length: Math.max(0, count - 1 - all.length) }, (_, index) => [
    `x-custom-header-${index}`,
    `value-${index}-of-a-usual-length`,
  ]);
  return { path: path + QUERY, headers: Object.fromEntries([...all.slice(0, count - 1), ...more]) };
}
