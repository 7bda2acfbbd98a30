// What can go wrong with an issuer's keys, and what the design promises about it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../../testing/eventually.mjs';

/**
 * The settings under `keys` of three workers, among them the defaults. A second is the shortest time that is
 * allowed.
 */
export const SETTINGS = {
  usual: { fresh_seconds: 2, stale_seconds: 86_400, cooldown_seconds: 1, timeout_ms: 5000, wait_ms: 500 },
  hurried: { fresh_seconds: 2, stale_seconds: 86_400, cooldown_seconds: 1, timeout_ms: 2000, wait_ms: 500 },
  strict: { fresh_seconds: 1, stale_seconds: 2, cooldown_seconds: 1, timeout_ms: 2000, wait_ms: 500 },
};

const FOREVER = 60_000;

/**
 * Each has a `name`, and says in `means` what happens and what is expected. `prepare(issuer)` comes before the
 * first request, `begin(issuer, context)` under load, and `again(issuer, context)` while the isolate is down.
 * `context` is `{ kv, keys }`. `settings` is "usual" by default. The platform is the Merchant Center unless
 * `platform` is "jtl".
 *
 * - `grace`: a token of an unannounced key may be refused for a cooldown
 * - `fails`: the issuer sends no valid set; `refresh` is what the log says about it, in each isolate
 * - `store`: what the log says about KV's entry, in each isolate
 * - `skipped`: how many keys of the set are skipped
 * - `stops`: requests are refused once the set is too old
 * - `broken`: connections break; the runtime repeats a request whose reused connection broke
 * - `endpoints`: where the attempts arrive, apart from `jwks`
 *
 * @typedef {{ name: string, means: string, settings?: keyof typeof SETTINGS, [about: string]: any }} Scenario
 *
 * @type {Scenario[]}
 */
export const SCENARIOS = [
  {
    name: 'rotation, announced',
    means:
      'A new key is published. It signs when every isolate must know it. The old key is withdrawn during the ' +
      'restart. Nobody is refused.',
    begin: atWorst(async (issuer, { keys }) => {
      const { kid } = await issuer.keys.rotate({ mode: 'announce' });
      await sleep(1000 * (keys.fresh_seconds + keys.cooldown_seconds));
      issuer.keys.signWith(kid);
      await issuer.sign();
    }),
    again: (issuer) => issuer.retire(),
  },
  {
    name: 'rotation, overlapping',
    means:
      'A new key is published and signs at once; the old key stays. Tokens of the old key are never refused. ' +
      'Tokens of the new key are accepted at once or, if a cooldown is running, after it.',
    grace: true,
    begin: atWorst((issuer) => issuer.rotate('overlap')),
    again: (issuer) => issuer.rotate('overlap'),
  },
  {
    name: 'rotation, old key withdrawn',
    means:
      'One of two published keys is withdrawn. Only time shows it, because all valid tokens are signed with the ' +
      'other key.',
    prepare: async (issuer) => {
      await issuer.sign();
      await issuer.keys.rotate({ mode: 'overlap' });
    },
    begin: atWorst((issuer) => issuer.retire()),
  },
  {
    name: 'rotation, abrupt',
    means:
      'A new key replaces the old one, which is revoked in the same moment. The new key is accepted at once or, if ' +
      'a cooldown is running, after it.',
    grace: true,
    begin: atWorst((issuer) => issuer.rotate('abrupt')),
    again: (issuer) => issuer.rotate('abrupt'),
  },
  {
    name: 'rotation, same key id',
    means: 'The same, and the new key has the old key’s `kid`, so that only a signature that fails shows the change.',
    grace: true,
    begin: atWorst((issuer) => issuer.rotate('same-kid')),
    again: (issuer) => issuer.rotate('same-kid'),
  },
  {
    name: 'rotation, overlapping, without key ids',
    means: 'As JTL does it: neither tokens nor keys have a `kid`, and every key is tried.',
    platform: 'jtl',
    grace: true,
    prepare: (issuer) => issuer.keys.publishKid(false),
    begin: atWorst((issuer) => issuer.rotate('overlap')),
    again: (issuer) => issuer.rotate('overlap'),
  },
  {
    name: 'rotation, abrupt, without key ids',
    means: 'The same, and the old key is revoked in the same moment.',
    platform: 'jtl',
    grace: true,
    prepare: (issuer) => issuer.keys.publishKid(false),
    begin: atWorst((issuer) => issuer.rotate('abrupt')),
    again: (issuer) => issuer.rotate('abrupt'),
  },

  answer(
    'down',
    'Every connection breaks, for longer than `fresh_seconds`. The last good set is used.',
    'down',
    'no response',
    { broken: true },
  ),
  answer('down, JTL', 'The same at a platform whose key set needs an access token.', 'down', 'no response', {
    broken: true,
    platform: 'jtl',
  }),
  answer('down, JTL’s access tokens', 'The new isolate has no access token and gets none.', 'down', 'no response', {
    broken: true,
    platform: 'jtl',
    begin: (issuer) => {
      issuer.keys.retire();
      issuer.endpoints.set('jwks', 'down');
      issuer.endpoints.set('token', 'down');
    },
    refresh: ['no response', 'access token: no response'],
    endpoints: ['jwks', 'token'],
  }),
  answer('error', 'Status 503.', 'status', 'status 503'),
  answer(
    'slow header',
    'The answer does not begin within `timeout_ms`.',
    { mode: 'slow-header', ms: FOREVER },
    'the response took too long',
    { settings: 'hurried' },
  ),
  answer(
    'slow body',
    'The answer begins and does not end within `timeout_ms`.',
    { mode: 'slow-body', ms: FOREVER },
    'the response took too long',
    { settings: 'hurried' },
  ),
  answer('endless body', 'It is read up to `max_bytes`.', 'endless-body', 'the response is too large'),
  answer('garbage', 'Status 200 with a body that is not JSON.', 'garbage', 'the key set is not valid JSON'),
  answer('web page', 'Status 200 with HTML, as a captive portal sends it.', 'html', 'the key set is not valid JSON'),
  answer('redirect', 'It leads to a good set and is not followed.', 'redirect', 'status 302'),
  answer('empty set', '`{"keys":[]}`. It replaces nothing.', 'empty-set', 'the key set has no usable key'),
  answer(
    'set of 1,000 keys',
    'The right key is among them. The set is too large.',
    { mode: 'many-keys', count: 1000 },
    'the response is too large',
  ),
  answer(
    'set of 100 keys',
    'The right key is among them. The set is within `max_bytes` and has more than 64 keys.',
    { mode: 'many-keys', count: 100 },
    'the key set has more than 64 keys',
  ),
  {
    name: 'one malformed key',
    means: 'It is skipped, and the good keys beside it are used.',
    skipped: 1,
    begin: (issuer) => {
      issuer.keys.retire();
      issuer.endpoints.set('jwks', 'malformed-sibling');
    },
    prepare: announce,
  },

  entry('KV entry, corrupted', 'Its key set is not JSON.', 'the key set is not valid JSON', (good) =>
    JSON.stringify({ ...good, jwks: good.jwks.replaceAll('"', '') }),
  ),
  entry('KV entry, truncated', 'Its end is missing.', 'is not valid JSON', (good) =>
    JSON.stringify(good).slice(0, -20),
  ),
  entry(
    'KV entry, of another source',
    'It has another issuer’s name and an intruder’s keys.',
    'belongs to another source',
    async (good, issuer) =>
      JSON.stringify({ ...good, source: 'https://issuer.invalid', jwks: JSON.stringify(await issuer.intruders()) }),
  ),
  entry(
    'KV entry, from the future',
    'Its time is an hour ahead, so that it would be fresh for longest, and it has an intruder’s keys.',
    'comes from the future',
    async (good, issuer) =>
      JSON.stringify({ ...good, fetched_at: Date.now() + 3_600_000, jwks: JSON.stringify(await issuer.intruders()) }),
  ),

  answer(
    'down, past the bound',
    'It lasts longer than `fresh_seconds` and `stale_seconds` together. From then on requests get 503 ' +
      '`keys_unavailable`, never 401, until the issuer is back.',
    'down',
    'no response',
    { broken: true, settings: 'strict', stops: true },
  ),
  answer('down, past the bound, JTL', 'The same at the other platform.', 'down', 'no response', {
    broken: true,
    settings: 'strict',
    stops: true,
    platform: 'jtl',
  }),
  answer(
    'slow header, past the bound',
    'The same for an issuer that takes too long.',
    { mode: 'slow-header', ms: FOREVER },
    'the response took too long',
    { settings: 'strict', stops: true },
  ),
];

/**
 * Runs `change` right after a fetch, when the next one is farthest away. If there is no fetch, it runs in the
 * end, which the measures show.
 */
function atWorst(change) {
  return async (issuer, context) => {
    const { jwks } = issuer.fetches;
    await eventually(() => assert.ok(issuer.fetches.jwks > jwks), 5_000).catch(() => {});
    await change(issuer, context);
  };
}

/**
 * Lets the issuer answer with something that is not a set. The issuer's set is a new one, so the entity tag
 * does not match.
 */
function answer(name, means, fault, cause, more = {}) {
  const begin = (issuer) => {
    issuer.keys.retire();
    issuer.endpoints.set('jwks', fault);
  };
  return { name, means, prepare: announce, begin, fails: true, refresh: [cause, cause], ...more };
}

async function announce(issuer) {
  await issuer.keys.rotate({ mode: 'announce' });
}

/**
 * Replaces KV's entry by `spoil(entry, issuer)`, before the isolate reads it and before the next isolate does.
 */
function entry(name, means, cause, spoil) {
  const begin = async (issuer, { kv }) => {
    const key = `jwks:${issuer.source}`;
    await kv.put(key, await spoil(JSON.parse(await kv.get(key)), issuer));
  };
  return { name, means, store: cause, begin, again: begin };
}
