// One call as each platform makes it, and what became of it.
import { send } from '../../../testing/exchange.mjs';

/** A token for the Merchant Center's calls below. */
export const mcToken = ({ region, worker }, changes) => region.token({ audience: `${worker.url}/orders`, ...changes });

/** "ok" where the backend has answered a call from the Merchant Center, else the refusal's code. */
export async function asMc(all, token) {
  return verdict(all, { authorization: `Bearer ${token ?? (await mcToken(all))}` });
}

/** The same for a call from a JTL app. */
export async function asJtl(all, token) {
  return verdict(all, { 'x-session-id': token ?? (await all.jtl.sessionToken()) });
}

async function verdict({ worker }, headers) {
  const { status, body } = await send(worker.url, '/orders', { headers });
  return status === 200 ? 'ok' : JSON.parse(body.toString()).code;
}
