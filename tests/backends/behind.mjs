// The built worker before a real framework.
import { newAssertionKey } from '../../testing/assertion-key.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';

/** The host under which callers know the worker. It is not the one that the tests ask. */
export const PUBLIC_HOST = 'shop.example';
export const SECRET = 'the-secret-of-the-origin';

/** What a Merchant Center token must have for /admin. The `weak` token lacks it. */
export const ADMIN = { permissions_all: ['canManageOrders'] };

/**
 * Starts a worker before a backend: `{ worker, tokens, ask(target, request), close() }`. `config` has the routes and
 * further settings; `origin` are settings of the upstream. `tokens` are `weak`, `admin` and `jtl`. `ask` sends a
 * request with the token of that name and resolves to the answer and to what the backend told: `{ ...answer, told }`.
 *
 * @param {import('./backend.mjs').Backend} backend
 * @param {{ origin?: object, [setting: string]: unknown }} config
 */
export async function startBehind(backend, { origin = {}, ...config }) {
  const all = await startAll({
    simulation: {
      gateway: { regions: ['gcp-eu'], settings: { tokenLifetime: 3600 } },
      jtl: { settings: { sessionLifetime: 3600 } },
    },
    bindings: { ORIGIN_SECRET: SECRET, ASSERTION_KEY: JSON.stringify(await newAssertionKey()) },
    change: ({ providers: [mc, jtl] }) => ({
      public_url: [`https://${PUBLIC_HOST}`],
      providers: [{ ...mc, audience_policy: 'forward-url-origin' }, jtl],
      upstreams: {
        origin: {
          url: backend.url,
          shared_secret: { header: 'x-origin-secret', secret_name: 'ORIGIN_SECRET' },
          assertion: { signing_key_secret_name: 'ASSERTION_KEY', audience: 'https://backend.example' },
          ...origin,
        },
      },
      ...config,
    }),
  });
  const { worker, region, jtl } = all;
  const audience = `https://${PUBLIC_HOST}`;
  const tokens = {
    weak: await region.token({ audience, permissions: false }),
    admin: await region.token({ audience, permissions: true }),
    jtl: await jtl.sessionToken(),
  };

  /** @param {string} target */
  async function ask(target, { token, headers = [], ...request } = /** @type {any} */ ({})) {
    const answer = await send(worker.url, target, { headers: [...credential(tokens, token), ...headers], ...request });
    return { ...answer, told: await backend.told() };
  }
  return { worker, tokens, ask, close: all.close };
}

/**
 * Returns the field for a token of that name, or none.
 *
 * @param {Record<string, string>} tokens
 * @param {'weak' | 'admin' | 'jtl'} [name]
 * @returns {[string, string][]}
 */
export function credential(tokens, name) {
  if (name === undefined) return [];
  return name === 'jtl' ? [['x-session-id', tokens.jtl]] : [['authorization', `Bearer ${tokens[name]}`]];
}

/**
 * Returns the values of a field that arrived, one for each line.
 *
 * @param {import('./backend.mjs').Told} told
 * @param {string} name
 */
export const arrived = ({ fields }, name) =>
  fields.filter(([found]) => found.toLowerCase() === name).map(([, value]) => value);
