// An issuer that is down, slow, wrong or flooded stops no valid request. No wrong key set is believed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '../../../sim/compact.mjs';
import { eventually } from '../../../testing/eventually.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { entry } from '../support/stored-entry.mjs';
import { asJtl, asMc, mcToken } from '../support/verdict.mjs';

const A_SECOND = 1100;
const fetches = ({ region }) => region.endpoints.counters.jwks.fetches;
const timesOf = (count, make) => Promise.all(Array.from({ length: count }, (_, index) => make(index)));

async function start(t, keys, simulation) {
  const all = await startAll({ change: (config) => ({ ...config, keys }), simulation });
  t.after(all.close);
  const down = (mode) => [all.region, all.jtl].forEach(({ endpoints }) => endpoints.set('jwks', mode));
  return { ...all, down };
}

describe('an issuer that is down', { concurrency: 4 }, () => {
  it('is not noticed while its keys are fresh', async (t) => {
    const all = await start(t, {});
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    all.down('down');
    assert.deepEqual([...new Set(await timesOf(20, (index) => (index % 2 ? asMc : asJtl)(all)))], ['ok']);
    assert.equal(fetches(all), 1);
  });

  it('costs no request while its keys may be stale', async (t) => {
    const all = await start(t, { fresh_seconds: 1, stale_seconds: 3600, cooldown_seconds: 1 });
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    all.down('down');
    await sleep(A_SECOND);
    assert.deepEqual([...new Set(await timesOf(20, (index) => (index % 2 ? asMc : asJtl)(all)))], ['ok']);
    for (const source of [all.region.url, `${all.jtl.url}/account`])
      await all.worker.logged({ level: 'warn', event: 'keys_refresh_failed', source, cause: 'no response' });
  });

  it('stops requests once its keys are too old, also in a new isolate, and until it is back', async (t) => {
    const all = await start(t, { fresh_seconds: 1, stale_seconds: 0, cooldown_seconds: 1 });
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    all.down('down');
    await sleep(A_SECOND);
    const answer = await send(all.worker.url, '/orders', { headers: { 'x-session-id': await all.jtl.sessionToken() } });
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1']);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['keys_unavailable', 'keys_unavailable']);
    await all.worker.restart();
    assert.deepEqual([await asMc(all), await asJtl(all)], ['keys_unavailable', 'keys_unavailable']);
    all.down('ok');
    await sleep(A_SECOND);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
  });

  it('is asked once in a cooldown, however many want its keys', async (t) => {
    const all = await start(t, {});
    all.down('down');
    const verdicts = await timesOf(50, () => asMc(all));
    assert.deepEqual([...new Set(verdicts)], ['keys_unavailable']);
    assert.equal(await asMc(all), 'keys_unavailable');
    assert.equal(fetches(all), 1);
  });

  it('is asked once by those who wait for it, and they wait for no second answer', async (t) => {
    const all = await start(t, { timeout_ms: 1000 });
    all.down({ mode: 'slow-header', ms: 60_000 });
    const verdicts = await timesOf(20, (index) => (index % 2 ? asMc : asJtl)(all));
    assert.deepEqual([...new Set(verdicts)], ['keys_unavailable']);
    assert.deepEqual([fetches(all), all.jtl.endpoints.counters.jwks.fetches], [1, 1]);
  });

  it('is asked once for one request, however short the cooldown', async (t) => {
    const all = await start(t, { timeout_ms: 1000, cooldown_seconds: 1 });
    all.down({ mode: 'slow-header', ms: 60_000 });
    assert.equal(await asMc(all), 'keys_unavailable');
    assert.equal(fetches(all), 1);
  });

  it('is asked through no other region', async (t) => {
    const all = await start(t, {});
    all.down('down');
    const other = all.gateway.regions['aws-us'];
    assert.equal(await asMc(all), 'keys_unavailable');
    assert.equal(await asMc(all, await other.token({ audience: `${all.worker.url}/orders` })), 'ok');
    assert.equal(await asMc(all, await mcToken(all, { claims: { iss: other.url } })), 'key_unknown');
  });
});

describe('a key set that is none', () => {
  // The answers of the endpoint, and what the log says about each.
  const FAULTS = {
    'a connection that breaks': ['down', 'no response'],
    'a body that breaks': ['cut-body', 'no response'],
    'an error': [{ mode: 'status', status: 500 }, 'status 500'],
    'no content': [{ mode: 'status', status: 204 }, 'status 204'],
    'a redirect': ['redirect', 'status 302'],
    'a permanent redirect': [{ mode: 'redirect', status: 308 }, 'status 308'],
    'an empty set': ['empty-set', 'the key set has no usable key'],
    'a set of too many keys': [{ mode: 'many-keys', count: 64 }, 'the key set has more than 64 keys'],
    garbage: ['garbage', 'the key set is not valid JSON'],
    'a web page': ['html', 'the key set is not valid JSON'],
    'a huge body of known length': ['huge', 'the response is too large'],
    'a huge body in chunks': [{ mode: 'huge', chunked: true }, 'the response is too large'],
    'a body without an end': ['endless-body', 'the response is too large'],
  };
  const SLOW = {
    'an answer that never begins': [{ mode: 'slow-header', ms: 60_000 }, 'the response took too long'],
    'an answer that never ends': [{ mode: 'slow-body', ms: 60_000 }, 'the response took too long'],
  };

  it('may be a 304 that nobody asked for', async (t) => {
    const all = await start(t, {});
    all.region.endpoints.set('jwks', { mode: 'status', status: 304 });
    assert.equal(await asMc(all), 'keys_unavailable');
    await all.worker.logged({ event: 'keys_refresh_failed', source: all.region.url, cause: 'status 304' });
  });

  for (const [what, faults, limits] of [
    ['in content', FAULTS, {}],
    ['in time', SLOW, { timeout_ms: 500 }],
  ]) {
    it(`${what} gives no keys, is replaced by a good one, and replaces no good one`, (t) =>
      passesThrough(t, faults, limits));
  }

  // Each fault has a region, so that all regions pass through the same moments together.
  async function passesThrough(t, faults, limits) {
    const all = await start(
      t,
      { fresh_seconds: 1, cooldown_seconds: 1, ...limits },
      { gateway: { regions: Object.keys(faults) } },
    );
    const regions = Object.values(all.gateway.regions);
    const ofEach = (value) => Object.fromEntries(regions.map((region) => [region.id, value(region)]));
    const spoil = () => regions.forEach(({ id, endpoints }) => endpoints.set('jwks', faults[id][0]));
    const verdicts = async () =>
      Object.fromEntries(await Promise.all(regions.map(async (region) => [region.id, await asMc({ ...all, region })])));
    const entries = async () =>
      Object.fromEntries(
        await Promise.all(regions.map(async ({ id, url }) => [id, await all.worker.kv.get(`jwks:${url}`)])),
      );

    spoil();
    assert.deepEqual(
      await verdicts(),
      ofEach(() => 'keys_unavailable'),
    );
    assert.deepEqual(
      await entries(),
      ofEach(() => null),
    );

    regions.forEach(({ endpoints }) => endpoints.clear());
    await sleep(A_SECOND);
    await eventually(async () =>
      assert.deepEqual(
        await verdicts(),
        ofEach(() => 'ok'),
      ),
    );
    const good = await eventually(async () => {
      const written = await entries();
      assert.ok(Object.values(written).every((entry) => entry !== null));
      return written;
    });

    // Another set, which contains the old key. The entity tag does not match it.
    await Promise.all(regions.map(({ keys }) => keys.rotate({ mode: 'announce' })));
    spoil();
    await sleep(A_SECOND);
    for (let left = 3; left > 0; left -= 1)
      assert.deepEqual(
        await verdicts(),
        ofEach(() => 'ok'),
      );
    await eventually(() => {
      const causes = ofEach(({ url }) => [
        ...new Set(
          all.worker.logs
            .filter(({ event, source }) => event === 'keys_refresh_failed' && source === url)
            .map(({ cause }) => cause),
        ),
      ]);
      assert.deepEqual(
        causes,
        ofEach(({ id }) => [faults[id][1]]),
      );
    });
    assert.deepEqual(await entries(), good);
    assert.deepEqual(
      ofEach(({ endpoints }) => endpoints.counters.jwks.followed),
      ofEach(() => 0),
    );
  }
});

describe('tokens that name keys that do not exist', () => {
  const A_THOUSAND = 1000;
  const TOGETHER = 25;
  const VALID = 5;

  /** Starts a worker that has a set from KV, so that its cooldown is not running. */
  async function startWithStored(t, keys) {
    const all = await start(t, keys);
    await all.worker.kv.put(`jwks:${all.region.url}`, entry(all.region, 1));
    assert.equal(await asMc(all), 'ok');
    assert.equal(fetches(all), 0);
    return all;
  }

  /** Makes tokens with invented key ids. They are refused before anybody looks at their signatures. */
  async function invented(all, count) {
    const [, claims, signature] = (await mcToken(all)).split('.');
    const header = (index) => encode({ alg: 'RS256', kid: `invented-${index}` });
    return Array.from({ length: count }, (_, index) => `${header(index)}.${claims}.${signature}`);
  }

  async function timed(call) {
    const begun = performance.now();
    return { verdict: await call(), millis: performance.now() - begun };
  }

  it('cost the issuer one fetch, a thousand of them, and the valid requests between them nothing', async (t) => {
    const all = await startWithStored(t, { cooldown_seconds: 300, fresh_seconds: 3600 });
    const [tokens, good] = [await invented(all, A_THOUSAND), await mcToken(all)];
    const valid = (count) => timesOf(count, () => timed(() => asMc(all, good)));
    const [calm, flooded] = [[], []];
    for (let at = 0; at < tokens.length; at += TOGETHER - VALID) {
      const some = tokens.slice(at, at + TOGETHER - VALID);
      const [verdicts, between] = await Promise.all([Promise.all(some.map((token) => asMc(all, token))), valid(VALID)]);
      assert.deepEqual([...new Set(verdicts)], ['key_unknown']);
      flooded.push(...between);
      // The same number of requests at once, all of them valid.
      if (at % (VALID * (TOGETHER - VALID)) === 0) calm.push(...(await valid(TOGETHER)));
    }
    assert.equal(fetches(all), 1);
    assert.deepEqual([...new Set([...calm, ...flooded].map(({ verdict }) => verdict))], ['ok']);
    assert.equal(all.backend.counters.requests, 1 + calm.length + flooded.length);

    const [without, within] = [calm, flooded].map(
      (requests) => requests.map(({ millis }) => millis).sort((a, b) => a - b)[requests.length >> 1],
    );
    t.diagnostic(
      `a valid request takes ${without.toFixed(1)} ms, among invented key ids ${within.toFixed(1)} ms (medians)`,
    );
    assert.ok(within < 5 * without, `${within} ms instead of ${without} ms`);
  });

  it('keep no valid request waiting for the fetch that they bring about', async (t) => {
    const all = await startWithStored(t, { timeout_ms: 30_000 });
    all.down({ mode: 'slow-header', ms: 60_000 });
    const [tokens, good] = [await invented(all, 100), await mcToken(all)];
    let answered = 0;
    const refused = tokens.map((token) => asMc(all, token).finally(() => (answered += 1)));
    await eventually(() => assert.equal(fetches(all), 1));
    for (let left = 20; left > 0; left -= 1) assert.equal(await asMc(all, good), 'ok');
    assert.equal(answered, 0);
    // The fetch ends with its connection.
    await all.region.close();
    assert.deepEqual([...new Set(await Promise.all(refused))], ['key_unknown']);
    assert.equal(await asMc(all, good), 'ok');
    assert.equal(fetches(all), 1);
  });

  it('are refused at once where the issuer is down, and valid requests are not', async (t) => {
    const all = await start(t, {});
    assert.equal(await asMc(all), 'ok');
    all.down({ mode: 'slow-header', ms: 60_000 });
    const verdicts = await timesOf(50, async (index) =>
      asMc(all, await mcToken(all, index % 2 ? { header: { kid: `invented-${index}` } } : {})),
    );
    assert.deepEqual(
      verdicts,
      verdicts.map((_, index) => (index % 2 ? 'key_unknown' : 'ok')),
    );
    assert.equal(fetches(all), 1);
  });
});
