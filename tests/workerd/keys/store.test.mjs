// An entry in Workers KV is believed only if the worker has written it, and no request depends on KV.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { compact } from '../../../sim/compact.mjs';
import { newKey } from '../../../sim/keys.mjs';
import { eventually } from '../../../testing/eventually.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { entry, uriOf } from '../support/stored-entry.mjs';
import { asMc, mcToken } from '../support/verdict.mjs';

async function start(t, keys = {}, more = {}) {
  const all = await startAll({ change: (config) => ({ ...config, keys }), ...more });
  t.after(all.close);
  return all;
}

const fetches = ({ endpoints }) => endpoints.counters.jwks.fetches;

describe('an entry', { concurrency: 3 }, () => {
  it('that is fresh spares the fetch', async (t) => {
    const all = await start(t);
    await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, 60));
    assert.equal(await asMc(all), 'ok');
    assert.equal(fetches(all.region), 0);
  });

  it('that is stale serves where the issuer is down', async (t) => {
    const all = await start(t);
    all.region.endpoints.set('jwks', 'down');
    await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, 3600));
    assert.equal(await asMc(all), 'ok');
    assert.equal(fetches(all.region), 1);
  });

  it('that is too old serves nobody', async (t) => {
    const all = await start(t);
    all.region.endpoints.set('jwks', 'down');
    await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, 87_000));
    assert.equal(await asMc(all), 'keys_unavailable');
  });

  it('that is stale is confirmed by its entity tag', async (t) => {
    const all = await start(t);
    const { headers } = await fetch(uriOf(all.region));
    await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, 3600, { etag: headers.get('etag') }));
    assert.equal(await asMc(all), 'ok');
    await eventually(() => assert.equal(all.region.endpoints.counters.jwks.notModified, 1));
  });

  // The issuer answers after half a minute. A request that waits for it takes far longer than these ten
  // seconds.
  for (const [what, age] of [
    ['due for a refresh', 550],
    ['stale', 3600],
  ]) {
    it(`that is ${what} serves while the issuer takes its time`, { timeout: 10_000 }, async (t) => {
      const all = await start(t, { timeout_ms: 30_000, wait_ms: 100 });
      all.region.endpoints.set('jwks', { mode: 'slow-header', ms: 29_000 });
      await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, age));
      assert.deepEqual(await Promise.all([asMc(all), asMc(all)]), ['ok', 'ok']);
    });
  }

  it('of a set that was rotated meanwhile is replaced', async (t) => {
    const all = await start(t, { cooldown_seconds: 1 });
    await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, 60));
    assert.equal(await asMc(all), 'ok');
    await all.region.keys.rotate({ mode: 'abrupt' });
    await sleep(1100);
    assert.equal(await asMc(all), 'ok');
    assert.equal(fetches(all.region), 1);
    await eventually(async () =>
      assert.equal(
        JSON.parse(await all.worker.kv.get(`jwks:${all.region.url}`)).jwks,
        JSON.stringify(all.region.keys.jwks()),
      ),
    );
  });
});

const intruder = await newKey('RS256');

describe('what is no entry of ours', () => {
  const set = (keys) => JSON.stringify({ keys });
  // The content of the entry, and what the log says about it.
  const ENTRIES = {
    empty: [() => '', 'is not valid JSON'],
    garbage: [() => 'garbage', 'is not valid JSON'],
    'an array': [(region) => `[${entry(region, 60)}]`, 'is not a JSON object'],
    'a key set': [(region) => JSON.stringify(region.keys.jwks()), 'has not the members of an entry'],
    truncated: [(region) => entry(region, 60).slice(0, -20), 'is not valid JSON'],
    'with a member more': [(region) => entry(region, 60, { x: 1 }), 'has not the members of an entry'],
    'with a member less': [(region) => entry(region, 60, { source: undefined }), 'has not the members of an entry'],
    'with a member twice': [(region) => entry(region, 60).replace('{', '{"source":"x",'), 'has a member twice'],
    'of another source': [
      (region) => entry(region, 60, { source: 'https://issuer.invalid' }),
      'belongs to another source',
    ],
    'of another address': [
      (region) => entry(region, 60, { jwks_uri: 'https://issuer.invalid/keys' }),
      'belongs to another source',
    ],
    'from the future': [(region) => entry(region, -3600, { jwks: set([intruder.jwk]) }), 'comes from the future'],
    'from no time': [(region) => entry(region, 60, { fetched_at: 'now' }), 'has not the members of an entry'],
    'with keys that are none': [(region) => entry(region, 60, { jwks: 'garbage' }), 'the key set is not valid JSON'],
    'with a private key': [
      (region) => entry(region, 60, { jwks: set([{ ...intruder.jwk, d: 'AA' }]) }),
      'the key set has no usable key',
    ],
    'with an intruder’s key, of another source': [
      (region) => entry(region, 60, { source: 'https://issuer.invalid', jwks: set([intruder.jwk]) }),
      'belongs to another source',
    ],
  };

  it('is logged, ignored and replaced', async (t) => {
    const all = await start(t, {}, { simulation: { gateway: { regions: Object.keys(ENTRIES) } } });
    const regions = Object.values(all.gateway.regions);
    const key = (region) => `jwks:${region.url}`;
    await Promise.all(regions.map((region) => all.worker.kv.put(key(region), ENTRIES[region.id][0](region))));

    for (const region of regions) {
      const claims = JSON.stringify(region.claims({ audience: `${all.worker.url}/orders` }));
      const forged = compact(intruder, { alg: 'RS256', kid: intruder.kid }, claims);
      assert.equal(await asMc(all, forged), 'key_unknown');
      assert.equal(await asMc({ ...all, region }), 'ok', region.id);
      await all.worker.logged({
        level: 'warn',
        event: 'key_store_failed',
        source: region.url,
        cause: ENTRIES[region.id][1],
      });
      assert.equal(fetches(region), 1);
      const { jwks } = await eventually(async () => JSON.parse(await all.worker.kv.get(key(region))));
      assert.equal(jwks, JSON.stringify(region.keys.jwks()), region.id);
    }
  });
});

describe('KV itself', { concurrency: 3 }, () => {
  /** Starts the worker with another namespace in place of its own. */
  const withStore = (methods) => ({
    main: `import { env } from 'cloudflare:workers';
      env.JWKS_CACHE = ${methods};
      const { default: worker } = await import('./index.js');
      export default worker;`,
  });
  const fails = "async () => { throw new Error('fails'); }";
  const hangs = '() => new Promise(() => {})';

  for (const [what, get, put, causes] of [
    ['fails to read and write', fails, fails, ['cannot be read', 'cannot be written']],
    ['fails to write', 'async () => null', fails, ['cannot be written']],
    ['does not answer', hangs, hangs, ['cannot be read']],
  ]) {
    it(`may be out of order: it ${what}`, async (t) => {
      const all = await start(
        t,
        { fresh_seconds: 1, cooldown_seconds: 1, timeout_ms: 2000 },
        withStore(`{ get: ${get}, put: ${put}, list: ${get}, delete: ${get} }`),
      );
      assert.deepEqual([await asMc(all), await asMc(all)], ['ok', 'ok']);
      for (const cause of causes)
        await all.worker.logged({ level: 'warn', event: 'key_store_failed', source: all.region.url, cause });
      assert.equal(fetches(all.region), 1);

      // A set that is held is refreshed all the same.
      const old = await mcToken(all);
      await all.region.keys.rotate({ mode: 'abrupt' });
      await sleep(1100);
      assert.equal(await asMc(all), 'ok');
      assert.equal(fetches(all.region), 2);
      assert.equal(await asMc(all, old), 'key_unknown');
    });
  }
});
