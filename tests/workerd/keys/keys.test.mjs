// Where keys come from: isolate memory, Workers KV, the issuer. How they are refreshed and rotated.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../testing/eventually.mjs';
import { open } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { temporaryFolder } from '../../../testing/temporary-folder.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';
import { asJtl, asMc, mcToken } from '../support/verdict.mjs';

// A second is the shortest time that the configuration allows. The wait is so long that every refresh ends
// within it.
const SHORT = { fresh_seconds: 1, cooldown_seconds: 1, wait_ms: 5000 };
const A_SECOND = 1100;

async function start(t, keys = {}, more = {}) {
  const all = await startAll({ change: (config) => ({ ...config, keys }), ...more });
  t.after(all.close);
  return all;
}

const fetches = ({ region, jtl }) => ({
  mc: region.endpoints.counters.jwks.fetches,
  jtl: jtl.endpoints.counters.jwks.fetches,
  token: jtl.endpoints.counters.token.fetches,
});
const mcUri = ({ region }) => `${region.url}/.well-known/jwks.json`;
const jtlUri = ({ jtl }) => `${jtl.url}/account/.well-known/jwks.json`;
const sourceOf = (uri) => uri.replace('/.well-known/jwks.json', '');

/** Returns the entry of a key set in KV, which is written after the answer was sent. */
const stored = ({ worker }, uri) =>
  eventually(async () =>
    JSON.parse((await worker.kv.get(`jwks:${sourceOf(uri)}`)) ?? assert.fail(`${uri} is not in KV`)),
  );

describe('a key set', { concurrency: 3 }, () => {
  it('is fetched once, and left in KV', async (t) => {
    const all = await start(t);
    const earliest = Date.now();
    for (const call of [asMc, asMc, asJtl, asJtl]) assert.equal(await call(all), 'ok');
    const latest = Date.now();
    assert.deepEqual(fetches(all), { mc: 1, jtl: 1, token: 1 });

    for (const [source, uri, jwks] of [
      [all.region.url, mcUri(all), all.region.keys.jwks()],
      [`${all.jtl.url}/account`, jtlUri(all), all.jtl.sessionKeys.jwks()],
    ]) {
      const { fetched_at: fetchedAt, etag, ...entry } = await stored(all, uri);
      assert.deepEqual(entry, { source, jwks_uri: uri, jwks: JSON.stringify(jwks) });
      assert.match(etag, /^"[\w-]{43}"$/);
      assert.ok(earliest <= fetchedAt && fetchedAt <= latest);
    }
    const { keys } = await all.worker.kv.list();
    assert.deepEqual(
      keys.map(({ name }) => name).sort(),
      [`jwks:${all.region.url}`, `jwks:${all.jtl.url}/account`].sort(),
    );
    // The time for which it may serve, and the seconds that writing it took.
    for (const { expiration } of keys)
      assert.ok(expiration >= Math.floor(earliest / 1000) + 87_000 && expiration <= latest / 1000 + 87_060);
  });

  it('is read from KV by a new isolate, without a fetch', async (t) => {
    const all = await start(t);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    await stored(all, mcUri(all));
    await stored(all, jtlUri(all));
    await all.worker.restart();
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    assert.deepEqual(fetches(all), { mc: 1, jtl: 1, token: 1 });
  });

  it('is read from KV by another process, without a fetch, while the issuer is down', async (t) => {
    const persist = temporaryFolder();
    const all = await start(t, {}, { persist });
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    await stored(all, mcUri(all));
    await stored(all, jtlUri(all));
    await all.worker.dispose();
    for (const { endpoints } of [all.region, all.jtl]) endpoints.set('jwks', 'down');
    Object.assign(all.worker, await startWorker(all.options));
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    assert.deepEqual(fetches(all), { mc: 1, jtl: 1, token: 1 });
  });

  it('is fetched once for a hundred requests that find none', async (t) => {
    const all = await start(t);
    for (const { endpoints } of [all.region, all.jtl]) endpoints.set('jwks', { mode: 'slow-header', ms: 500 });
    const verdicts = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 ? asMc : asJtl)(all)));
    assert.deepEqual([...new Set(verdicts)], ['ok']);
    assert.deepEqual(fetches(all), { mc: 1, jtl: 1, token: 1 });
    assert.equal(all.backend.counters.requests, 100);
  });

  it('is fetched even where the request that needed it first hangs up', async (t) => {
    const all = await start(t);
    all.region.endpoints.set('jwks', { mode: 'slow-header', ms: 500 });
    const hangsUp = open(all.worker.url, '/orders', {
      headers: { authorization: `Bearer ${await mcToken(all)}` },
      hangUp: eventually(() => assert.equal(fetches(all).mc, 1)),
    });
    await assert.rejects(hangsUp);
    assert.equal(await asMc(all), 'ok');
    assert.equal(fetches(all).mc, 1);
  });

  it('is confirmed by its entity tag, which makes it fresh again', async (t) => {
    const all = await start(t, SHORT);
    assert.equal(await asMc(all), 'ok');
    const first = await stored(all, mcUri(all));
    await sleep(A_SECOND);
    assert.equal(await asMc(all), 'ok');
    const second = await eventually(async () => {
      const entry = await stored(all, mcUri(all));
      assert.ok(entry.fetched_at > first.fetched_at);
      return entry;
    });
    assert.deepEqual({ ...second, fetched_at: first.fetched_at }, first);
    const { followed: _, ...counters } = all.region.endpoints.counters.jwks;
    assert.deepEqual(counters, { fetches: 2, conditional: 1, notModified: 1 });
  });

  it('may hold keys that are of no use beside those that are', async (t) => {
    const all = await start(t);
    await Promise.all([all.region.keys.publishExtras(true), all.jtl.sessionKeys.publishExtras(true)]);
    for (const { endpoints } of [all.region, all.jtl]) endpoints.set('jwks', 'malformed-sibling');
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    await all.worker.logged({ event: 'keys_refreshed', source: all.region.url, keys: 1, skipped: 6 });
    await all.worker.logged({ event: 'keys_refreshed', source: `${all.jtl.url}/account`, keys: 1, skipped: 6 });
  });

  it('is refreshed by the cron trigger before anybody asks', async (t) => {
    const all = await start(t, { cooldown_seconds: 1 });
    await all.worker.cron();
    await eventually(() => assert.deepEqual(fetches(all), { mc: 1, jtl: 1, token: 1 }));
    await Promise.all([stored(all, mcUri(all)), stored(all, jtlUri(all))]);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    assert.deepEqual(fetches(all), { mc: 1, jtl: 1, token: 1 });

    // The set is refreshed even while it is fresh.
    await sleep(A_SECOND);
    await all.worker.cron();
    await eventually(() => assert.deepEqual(fetches(all), { mc: 2, jtl: 2, token: 1 }));
    assert.equal(all.gateway.regions['aws-us'].endpoints.counters.jwks.fetches, 2);
  });

  it('is refreshed by the cron trigger while the others’ issuers hang or are down', async (t) => {
    const all = await start(t, { timeout_ms: 30_000 });
    const other = all.gateway.regions['aws-us'];
    all.region.endpoints.set('jwks', { mode: 'slow-header', ms: 60_000 });
    all.jtl.endpoints.set('token', 'down');
    const fired = all.worker.cron();
    await stored(all, mcUri({ region: other }));
    // It has waited until now. Only a broken connection can have ended it.
    await all.region.close();
    await fired;
    await all.worker.logged({ event: 'keys_refresh_failed', source: all.region.url, cause: 'no response' });
    await all.worker.logged({
      event: 'keys_refresh_failed',
      source: `${all.jtl.url}/account`,
      cause: 'access token: no response',
    });
    assert.equal(await asMc({ ...all, region: other }), 'ok');
    assert.equal(other.endpoints.counters.jwks.fetches, 1);
  });
});

describe('a rotation', { concurrency: 3 }, () => {
  it('with overlap is followed, and the old key goes on', async (t) => {
    const all = await start(t, { cooldown_seconds: 1 });
    const [oldMc, oldJtl] = [await mcToken(all), await all.jtl.sessionToken()];
    assert.deepEqual([await asMc(all, oldMc), await asJtl(all, oldJtl)], ['ok', 'ok']);
    await Promise.all([all.region.keys, all.jtl.sessionKeys].map((ring) => ring.rotate({ mode: 'overlap' })));
    await sleep(A_SECOND);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    assert.deepEqual([await asMc(all, oldMc), await asJtl(all, oldJtl)], ['ok', 'ok']);
    assert.deepEqual(fetches(all), { mc: 2, jtl: 2, token: 1 });
  });

  it('without overlap is followed, and the old key is gone', async (t) => {
    const all = await start(t, { cooldown_seconds: 1 });
    const [oldMc, oldJtl] = [await mcToken(all), await all.jtl.sessionToken()];
    assert.deepEqual([await asMc(all, oldMc), await asJtl(all, oldJtl)], ['ok', 'ok']);
    await Promise.all([all.region.keys, all.jtl.sessionKeys].map((ring) => ring.rotate({ mode: 'abrupt' })));
    await sleep(A_SECOND);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    assert.deepEqual(fetches(all), { mc: 2, jtl: 2, token: 1 });
    // A JTL session token names no key, so every key is tried.
    assert.deepEqual([await asMc(all, oldMc), await asJtl(all, oldJtl)], ['key_unknown', 'signature_invalid']);
  });

  it('that reuses the key id is followed', async (t) => {
    const all = await start(t, { cooldown_seconds: 1 });
    const old = await mcToken(all);
    assert.equal(await asMc(all, old), 'ok');
    await all.region.keys.rotate({ mode: 'same-kid' });
    await sleep(A_SECOND);
    assert.equal(await asMc(all), 'ok');
    assert.equal(fetches(all).mc, 2);
    assert.equal(await asMc(all, old), 'signature_invalid');
  });

  it('to keys without key ids is followed', async (t) => {
    const all = await start(t);
    all.jtl.sessionKeys.publishKid(false);
    await all.jtl.sessionKeys.rotate();
    assert.equal(await asJtl(all), 'ok');
    all.region.keys.publishKid(false);
    // The Merchant Center's tokens name their key, and no published key has that name.
    assert.equal(await asMc(all), 'key_unknown');
  });

  it('takes effect after fresh_seconds for an isolate that slept', async (t) => {
    const all = await start(t, SHORT);
    const [oldMc, oldJtl] = [await mcToken(all), await all.jtl.sessionToken()];
    assert.deepEqual([await asMc(all, oldMc), await asJtl(all, oldJtl)], ['ok', 'ok']);
    await Promise.all([all.region.keys, all.jtl.sessionKeys].map((ring) => ring.rotate({ mode: 'abrupt' })));
    await sleep(A_SECOND);
    assert.deepEqual([await asMc(all, oldMc), await asJtl(all, oldJtl)], ['key_unknown', 'signature_invalid']);
  });
});

describe('the access token for JTL’s keys', { concurrency: 3 }, () => {
  it('is kept until the key set refuses it, then renewed once, and is never in KV', async (t) => {
    const all = await start(t, SHORT);
    const issued = [];
    const { accessTokens } = all.jtl;
    const issue = accessTokens.issue.bind(accessTokens);
    accessTokens.issue = () => (issued.push(issue()), issued.at(-1));
    assert.equal(await asJtl(all), 'ok');
    assert.deepEqual(fetches(all), { mc: 0, jtl: 1, token: 1 });
    await sleep(A_SECOND);
    assert.equal(await asJtl(all), 'ok');
    await eventually(() => assert.deepEqual(fetches(all), { mc: 0, jtl: 2, token: 1 }));

    accessTokens.revoke();
    await all.jtl.sessionKeys.rotate({ mode: 'abrupt' });
    await sleep(A_SECOND);
    assert.equal(await asJtl(all), 'ok');
    await eventually(() => assert.deepEqual(fetches(all), { mc: 0, jtl: 4, token: 2 }));

    await stored(all, jtlUri(all));
    const { keys } = await all.worker.kv.list();
    const held = JSON.stringify([
      keys,
      await Promise.all(keys.map(({ name }) => all.worker.kv.get(name))),
      all.worker.logs,
    ]);
    assert.equal(issued.length, 2);
    for (const secret of [...issued, 'sim-secret']) assert.ok(!held.includes(secret));
  });

  it('is renewed before it expires', async (t) => {
    const all = await start(t, SHORT, { simulation: { jtl: { settings: { expiresIn: 2 } } } });
    assert.equal(await asJtl(all), 'ok');
    await sleep(A_SECOND);
    assert.equal(await asJtl(all), 'ok');
    await eventually(() => assert.deepEqual(fetches(all), { mc: 0, jtl: 2, token: 2 }));
  });

  for (const [what, spoil, cause, expected] of /** @type {[string, (jtl: any) => void, string, object][]} */ ([
    [
      'is refused as soon as it is made',
      ({ settings }) => settings.change({ lifetime: 0 }),
      'status 401',
      { mc: 0, jtl: 2, token: 2 },
    ],
    [
      'is not given',
      ({ settings }) => settings.change({ clientSecret: 'another' }),
      'access token: status 401',
      { mc: 0, jtl: 0, token: 1 },
    ],
    [
      'is to be had elsewhere',
      ({ endpoints }) => endpoints.set('token', 'redirect'),
      'access token: status 302',
      { mc: 0, jtl: 0, token: 1 },
    ],
    [
      'is garbage',
      ({ endpoints }) => endpoints.set('token', 'garbage'),
      'the token response is not strict JSON',
      { mc: 0, jtl: 0, token: 1 },
    ],
    [
      'has no end',
      ({ endpoints }) => endpoints.set('token', 'endless-body'),
      'access token: the response is too large',
      { mc: 0, jtl: 0, token: 1 },
    ],
  ])) {
    it(`that ${what} leaves no keys, at a bounded cost`, async (t) => {
      const all = await start(t);
      spoil(all.jtl);
      for (let left = 10; left > 0; left -= 1) assert.equal(await asJtl(all), 'keys_unavailable');
      assert.deepEqual(fetches(all), expected);
      await all.worker.logged({ event: 'keys_refresh_failed', source: `${all.jtl.url}/account`, cause });
      assert.doesNotMatch(JSON.stringify(all.worker.logs), /sim-secret/);
      assert.equal(await asMc(all), 'ok');
    });
  }
});
