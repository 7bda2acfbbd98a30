// @ts-check
// The configuration that attacks run against: one provider of each kind, public and protected routes.

export const LOGIN = 'https://login.example.com';
export const SKEW = 60;
export const ORIGIN_SECRET = 'marked-origin-secret';
/** @type {('mc' | 'jtl' | 'login')[]} */
export const KINDS = ['mc', 'jtl', 'login'];

/**
 * Adds a third provider and routes to the standard configuration (see sim/configuration.mjs).
 *
 * @param {ReturnType<typeof import('../../sim/configuration.mjs').standardConfig>} config
 * @param {{ jtl: { url: string } }} parties
 */
export function configure(config, { jtl }) {
  const [mc, session] = config.providers;
  return {
    ...config,
    clock_skew_seconds: SKEW,
    providers: [
      mc,
      session,
      {
        name: 'login',
        kind: 'oidc',
        header: 'x-login',
        issuer: LOGIN,
        jwks_uri: `${jtl.url}/oauth/v2/keys`,
        audiences: ['app-1'],
        algorithms: ['RS256'],
      },
    ],
    upstreams: {
      ...config.upstreams,
      named: {
        ...config.upstreams.origin,
        identity_headers: { 'x-user': 'user_id' },
        shared_secret: { header: 'x-origin-secret', secret_name: 'ORIGIN_SECRET' },
      },
    },
    unmatched: 'session',
    routes: [
      { path: '/open/*', access: 'public' },
      { path: '/named/*', upstream: 'named' },
      { path: '/admin/*', require: { permissions_all: ['canDoAnything'] } },
    ],
  };
}

/**
 * Returns the header fields for a credential.
 *
 * @typedef {{ mc?: string, jtl?: string, login?: string }} Credential
 *
 * @param {Credential} credential
 * @returns {[string, string][]}
 */
export function fieldsOf({ mc, jtl, login }) {
  /** @type {[string, string][]} */
  const fields = [];
  if (mc !== undefined) fields.push(['authorization', `Bearer ${mc}`]);
  if (jtl !== undefined) fields.push(['x-session-id', jtl]);
  if (login !== undefined) fields.push(['x-login', login]);
  return fields;
}
