// One call as each platform makes it, and its outcome.
import { send } from '../../../testing/exchange.mjs';
import { bearer, inSession } from './credentials.mjs';

/** Makes a token for the Merchant Center's calls below. */
export const mcToken = ({ region, worker }, changes) => region.token({ audience: `${worker.url}/orders`, ...changes });

/**
 * Calls as the Merchant Center. Resolves to "ok" if the backend has answered, or to the code of the refusal.
 */
export async function asMc(all, token) {
  return verdict(all, bearer(token ?? (await mcToken(all))));
}

/** Calls as a JTL app. */
export async function asJtl(all, token) {
  return verdict(all, inSession(token ?? (await all.jtl.sessionToken())));
}

async function verdict({ worker }, headers) {
  const { status, body } = await send(worker.url, '/orders', { headers });
  return status === 200 ? 'ok' : JSON.parse(body.toString()).code;
}
