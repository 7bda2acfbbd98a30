// The demo's requests and their expected outcomes.
import { setTimeout as sleep } from 'node:timers/promises';
import { senders } from './senders.mjs';
import { KEYS } from './stage.mjs';

/**
 * Returns groups `{ group, aboutKeys?, requests }` of requests `{ what, alone?, expected, forged?, send() }`.
 * Each request can also be sent alone; for a group that is `aboutKeys`, the key sets must be available first,
 * and `alone` describes the request then. `unseen` is a region whose key set the worker has never had.
 */
export function script(stage, unseen = Object.values(stage.gateway.regions)[1]) {
  const ways = senders(stage);
  return [
    fromMerchantCenter(stage, ways),
    fromJtlFrontEnd(stage, ways),
    straightToTheWorker(stage, ways),
    keysReplaced(stage, ways),
    keySetsMissing(stage, ways, unseen),
  ];
}

/** The identity of the Merchant Center's user, as the backend must see it. */
function userOf({ gateway }) {
  const { userId, projects } = gateway.settings.values;
  return {
    'x-verified-provider': 'mc',
    'x-verified-issuer': firstRegion(gateway).url,
    'x-verified-user': userId,
    'x-verified-project': projects[0],
  };
}

/** The identity of JTL's user, as the backend must see it. */
function tenantOf({ jtl }) {
  const { userId, tenantId, tenantSlug } = jtl.settings.values;
  return {
    'x-verified-provider': 'jtl',
    'x-verified-user': userId,
    'x-verified-tenant': tenantId,
    'x-verified-tenant-slug': tenantSlug,
  };
}

const firstRegion = ({ regions }) => Object.values(regions)[0];
const ORDER = JSON.stringify({ sku: 'A-1', quantity: 2 });

/** Makes tokens for `/orders`. */
const exchangeOf =
  ({ gateway, worker }) =>
  (changes) =>
    firstRegion(gateway).token({ audience: `${worker.url}/orders`, ...changes });
const bearer = (token, more = {}) => ({ headers: { authorization: `Bearer ${token}`, ...more } });

const pauseOf = (stage) => (seconds) => sleep(seconds * 1000 + 100, undefined, { signal: stage.signal });

function fromMerchantCenter(stage, { viaGateway }) {
  const user = userOf(stage);
  const { permissions } = stage.gateway.settings.values;
  const forgedUser = { 'x-verified-user': 'admin', X_Verified_User: 'admin', 'x-verified-tenant': 'tenant-9' };
  return {
    group: 'From a Merchant Center application, through its gateway',
    requests: [
      { what: 'GET', expected: reaches(user), send: () => viaGateway('/orders') },
      { what: 'GET with a query', expected: reaches(user), send: () => viaGateway('/orders?limit=5') },
      {
        what: 'GET, permissions asked for',
        expected: reaches({ ...user, 'x-verified-permissions': permissions.join(' ') }),
        send: () => viaGateway('/orders', { headers: { 'x-forward-to-claims': 'permissions' } }),
      },
      {
        what: 'POST with a body',
        expected: reaches(user, ORDER),
        send: () => viaGateway('/orders', { method: 'POST', body: ORDER }),
      },
      {
        what: 'GET with forged identity headers',
        expected: reaches(user),
        forged: forgedUser,
        send: () => viaGateway('/orders', { headers: prefixed('x-forward-header-', forgedUser) }),
      },
      {
        what: 'GET of an ambiguous path (%2f)',
        expected: refused(400, 'path_ambiguous'),
        send: () => viaGateway('/orders%2f..%2fadmin'),
      },
    ],
  };
}

function fromJtlFrontEnd(stage, { fromJtl }) {
  const tenant = tenantOf(stage);
  const forgedTenant = {
    'x-verified-tenant': 'tenant-9',
    X_VERIFIED_TENANT: 'tenant-9',
    'x-verified-permissions': 'all',
  };
  const hostileSession = (what, name, expected) => ({
    what,
    expected,
    send: async () => fromJtl('/items', {}, { hostile: name }),
  });
  return {
    group: 'From a JTL front end, with X-Session-ID',
    requests: [
      { what: 'GET', expected: reaches(tenant), send: () => fromJtl('/items') },
      {
        what: 'POST with a body',
        expected: reaches(tenant, ORDER),
        send: () => fromJtl('/items', { method: 'POST', body: ORDER }),
      },
      {
        what: 'GET with forged identity headers',
        expected: reaches(tenant),
        forged: forgedTenant,
        send: () => fromJtl('/items', { headers: forgedTenant }),
      },
      hostileSession('expired', 'expired', refused(401, 'token_expired')),
      hostileSession('tampered payload', 'tampered-payload', refused(401, 'signature_invalid')),
      hostileSession('tampered signature', 'tampered-signature', refused(401, 'signature_invalid')),
      hostileSession('alg: none', 'alg-none', refused(401, 'algorithm_not_allowed')),
      hostileSession('HMAC with the public key', 'hmac-with-jwk-bytes', refused(401, 'algorithm_not_allowed')),
    ],
  };
}

function straightToTheWorker(stage, { direct }) {
  const exchange = exchangeOf(stage);
  const { jtl } = stage;
  const hostile = (what, name, expected) => ({
    what,
    expected,
    send: async () => direct('/orders', bearer(await exchange({ hostile: name }))),
  });
  return {
    group: 'Straight to the worker, with a changed or stolen token',
    requests: [
      { what: 'no token', expected: refused(401, 'token_missing'), send: () => direct('/orders') },
      {
        what: 'two tokens, both valid',
        expected: refused(400, 'credential_ambiguous'),
        send: async () => direct('/orders', bearer(await exchange(), { 'x-session-id': await jtl.sessionToken() })),
      },
      hostile('expired', 'expired', refused(401, 'token_expired')),
      {
        what: 'wrong audience: stolen from another path',
        expected: refused(401, 'audience_mismatch'),
        send: async () => direct('/refunds', bearer(await exchange())),
      },
      hostile('wrong issuer', 'wrong-issuer', refused(401, 'issuer_mismatch')),
      hostile('wrong type', 'wrong-type', refused(401, 'claim_mismatch')),
      hostile('tampered payload', 'tampered-payload', refused(401, 'signature_invalid')),
      hostile('tampered signature', 'tampered-signature', refused(401, 'signature_invalid')),
      hostile("signed with the attacker's own key", 'foreign-key', refused(401, 'signature_invalid')),
      hostile('the same, with that key in the token', 'embedded-jwk', refused(401, 'signature_invalid')),
      hostile('alg: none', 'alg-none', refused(401, 'algorithm_not_allowed')),
      hostile('HMAC with the public key', 'hmac-with-pem', refused(401, 'algorithm_not_allowed')),
      hostile('a claim twice', 'duplicated-claim', refused(401, 'claims_malformed')),
      hostile('unknown critical extension', 'critical', refused(401, 'header_critical')),
    ],
  };
}

function keysReplaced(stage, { viaGateway, fromJtl, direct }) {
  const [user, tenant, exchange, pause] = [userOf(stage), tenantOf(stage), exchangeOf(stage), pauseOf(stage)];
  let oldToken;
  const replaceKey = async () => {
    oldToken = await exchange();
    await pause(KEYS.cooldown_seconds);
    await firstRegion(stage.gateway).keys.rotate({ mode: 'abrupt' });
    return viaGateway('/orders');
  };
  return {
    group: 'Keys replaced: the worker fetches the new set when it meets a new key',
    aboutKeys: true,
    requests: [
      { what: 'Merchant Center, new key', expected: asking(reaches(user)), send: replaceKey },
      {
        what: 'Merchant Center, token of the old key',
        expected: refused(401, 'key_unknown'),
        send: async () => {
          if (!oldToken) await replaceKey();
          return direct('/orders', bearer(oldToken));
        },
      },
      {
        what: 'JTL, new key',
        expected: asking(reaches(tenant)),
        send: async () => {
          await pause(KEYS.cooldown_seconds);
          await stage.jtl.sessionKeys.rotate({ mode: 'abrupt' });
          return fromJtl('/items');
        },
      },
    ],
  };
}

function keySetsMissing(stage, { viaGateway, fromJtl }, unseen) {
  const [user, tenant, pause] = [userOf(stage), tenantOf(stage), pauseOf(stage)];
  const [, us] = Object.values(stage.gateway.regions);
  const allKeySets = (fault) => {
    for (const endpoints of stage.keyEndpoints) endpoints.set('jwks', fault);
  };
  let outage;
  /** Takes all key sets down and waits until those that the worker holds are no longer fresh. */
  const outOfReach = () => (outage ??= (allKeySets('down'), pause(KEYS.fresh_seconds)));
  return {
    group: 'Key sets cannot be had',
    aboutKeys: true,
    requests: [
      {
        what: 'Merchant Center, set older than fresh',
        expected: asking(reaches(user)),
        send: async () => {
          await outOfReach();
          return viaGateway('/orders');
        },
      },
      {
        what: 'JTL, set older than fresh',
        expected: asking(reaches(tenant)),
        send: async () => {
          await outOfReach();
          return fromJtl('/items');
        },
      },
      {
        what: 'another region, set never seen',
        expected: asking(refused(503, 'keys_unavailable')),
        send: () => {
          allKeySets('down');
          return viaGateway('/orders', {}, unseen);
        },
      },
      {
        what: 'the same, once it is up again',
        alone: 'another region, once it is up again',
        expected: asking(reaches({ ...user, 'x-verified-issuer': us.url })),
        send: async () => {
          allKeySets('ok');
          await pause(KEYS.cooldown_seconds);
          return viaGateway('/orders', {}, us);
        },
      },
    ],
  };
}

const refused = (status, code) => ({ status, code, reached: 0 });

/** Expects one request at the backend, with this verified identity and without the token. */
const reaches = (identity, body = '') => ({ status: 200, code: '', reached: 1, identity, credentials: [], body });

/** Expects also that the worker has asked for a key set meanwhile, with or without success. */
const asking = (expected) => ({ ...expected, asked: true });

function prefixed(prefix, headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`${prefix}${name}`, value]));
}
