// The requests that the playground offers: those of the demo's table, and some about its routes.
import { script } from './script.mjs';
import { senders } from './senders.mjs';

/** Returns the choices: `{ group, requests: [{ id, what, expected: { status, code }, slow }] }`. */
export function catalogue(stage) {
  return groups(stage).map(({ group, aboutKeys = false, requests }) => ({
    group,
    requests: requests.map(({ id, what, expected: { status, code } }) => ({
      id,
      what,
      expected: { status, code },
      slow: aboutKeys,
    })),
  }));
}

/**
 * Sends one of them, or returns undefined if there is none of that name. Afterwards key sets work as they did
 * before.
 */
export async function sendScenario(stage, id) {
  const { group, aboutKeys, request } = find(groups(stage), id) ?? {};
  if (!request) return undefined;
  const send = async () => ({ what: request.what, group, expected: request.expected, result: await request.send() });
  if (!aboutKeys) return send();
  const before = stage.keyEndpoints.map((endpoints) => endpoints.faults.jwks);
  try {
    await prepareKeys(stage);
    return await send();
  } finally {
    stage.keyEndpoints.forEach((endpoints, index) => endpoints.set('jwks', before[index]));
  }
}

/**
 * A group as script.mjs describes it.
 *
 * @typedef {{ group: string, aboutKeys?: boolean, requests: any[] }} Group
 */

/**
 * Returns every group, with a unique name for each request. All are made anew, since a request may have memory.
 */
function groups(stage) {
  const unseen = Object.values(stage.gateway.regions).at(-1);
  const [first, ...more] = script(stage, unseen);
  /** @param {Group} group */
  const named = ({ requests, ...rest }) => ({
    ...rest,
    requests: requests.map(({ alone, what, ...request }) => ({
      ...request,
      what: alone ?? what,
      id: `${slug(rest.group)}/${slug(what)}`,
    })),
  });
  return [first, aboutRoutes(stage), ...more].map(named);
}

function find(all, id) {
  for (const { group, aboutKeys, requests } of all) {
    const request = requests.find((one) => one.id === id);
    if (request) return { group, aboutKeys, request };
  }
  return undefined;
}

const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

function aboutRoutes(stage) {
  const { viaGateway, direct } = senders(stage);
  const asking = { 'x-forward-to-claims': 'permissions' };
  const order = JSON.stringify({ sku: 'A-1', quantity: 2 });
  const row = (what, status, code, send) => ({ what, expected: { status, code }, send });
  return {
    group: 'What a route demands',
    requests: [
      row('a public route, without a token', 200, '', () => direct('/healthz')),
      row('a permission that the user has', 200, '', () =>
        viaGateway('/exports/daily', { method: 'POST', body: order, headers: asking }),
      ),
      row('the same, permissions not asked for', 403, 'permission_denied', () =>
        viaGateway('/exports/daily', { method: 'POST', body: order }),
      ),
      row('a method that the route does not take', 405, 'method_not_allowed', () =>
        viaGateway('/exports/daily', { headers: asking }),
      ),
      row('a path without a route', 404, 'route_unknown', () => viaGateway('/invoices')),
      row('a backend that is gone', 502, 'upstream_unreachable', () => viaGateway('/legacy/orders')),
    ],
  };
}

/** Lets the worker fetch the first key sets, as it does in the course of the demo. */
async function prepareKeys(stage) {
  const { viaGateway, fromJtl } = senders(stage);
  await Promise.allSettled([viaGateway('/orders'), fromJtl('/items')]);
}
