// The faults of simulated endpoints do what they say, and the counters count.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulation } from '../../sim/index.mjs';
import { MODES } from '../../sim/fault.mjs';

let simulation;
let region;

before(async () => {
  simulation = await startSimulation({ gateway: { regions: ['gcp-eu'] } });
  region = simulation.gateway.regions['gcp-eu'];
});
after(() => simulation.close());
beforeEach(() => {
  region.endpoints.clear();
  region.endpoints.reset();
});

const get = (headers = {}, options = {}) =>
  fetch(`${region.url}/.well-known/jwks.json`, { headers, redirect: 'manual', ...options });
const keysOf = async (answer) => (await answer.json()).keys;

async function timed(action) {
  const start = performance.now();
  const result = await action();
  return { result, ms: performance.now() - start };
}

describe('the modes', () => {
  const covered = new Set();
  const mode = (name, test) => {
    covered.add(name);
    it(name, test);
  };

  mode('ok', async () => {
    assert.deepEqual(await keysOf(await get()), region.keys.jwks().keys);
  });

  mode('down', async () => {
    region.endpoints.set('jwks', 'down');
    await assert.rejects(get(), ({ cause }) => cause.code === 'UND_ERR_SOCKET' || cause.code === 'ECONNRESET');
  });

  mode('status', async () => {
    region.endpoints.set('jwks', 'status');
    assert.equal((await get()).status, 503);
    region.endpoints.set('jwks', { mode: 'status', status: 500, headers: { 'retry-after': '7' } });
    const answer = await get();
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [500, '7']);
  });

  mode('slow-header', async () => {
    region.endpoints.set('jwks', { mode: 'slow-header', ms: 150 });
    const { result, ms } = await timed(() => get());
    assert.ok(ms >= 145);
    assert.equal((await keysOf(result)).length, 1);
  });

  mode('slow-body', async () => {
    region.endpoints.set('jwks', { mode: 'slow-body', ms: 300 });
    const headers = await timed(() => get());
    assert.ok(headers.ms < 250);
    const body = await timed(() => keysOf(headers.result));
    assert.ok(headers.ms + body.ms >= 295);
    assert.equal(body.result.length, 1);
  });

  mode('cut-body', async () => {
    region.endpoints.set('jwks', 'cut-body');
    const answer = await get();
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text());
  });

  mode('endless-body', async () => {
    region.endpoints.set('jwks', 'endless-body');
    const answer = await get();
    assert.equal(answer.headers.get('content-length'), null);
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > 1 << 20) break;
    }
    assert.ok(length > 1 << 20);
  });

  mode('garbage', async () => {
    region.endpoints.set('jwks', 'garbage');
    const answer = await get();
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/json']);
    await assert.rejects(answer.json(), SyntaxError);
  });

  mode('html', async () => {
    region.endpoints.set('jwks', 'html');
    const answer = await get();
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/html']);
    assert.match(await answer.text(), /^<!doctype html>/);
  });

  mode('redirect', async () => {
    region.endpoints.set('jwks', 'redirect');
    const answer = await get();
    assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/.well-known/jwks.json?followed']);
    assert.equal(region.endpoints.counters.jwks.followed, 0);
    assert.equal((await keysOf(await get({}, { redirect: 'follow' }))).length, 1);
    assert.equal(region.endpoints.counters.jwks.followed, 1);
    region.endpoints.set('jwks', { mode: 'redirect', status: 307, location: 'https://elsewhere.invalid/' });
    const other = await get();
    assert.deepEqual([other.status, other.headers.get('location')], [307, 'https://elsewhere.invalid/']);
  });

  mode('huge', async () => {
    for (const chunked of [false, true]) {
      region.endpoints.set('jwks', { mode: 'huge', bytes: 3_000_000, chunked });
      const answer = await get();
      assert.equal(answer.headers.get('content-length'), chunked ? null : '3000000');
      const text = await answer.text();
      assert.equal(text.length, 3_000_000);
      assert.deepEqual(JSON.parse(text), region.keys.jwks());
    }
  });

  mode('empty-set', async () => {
    region.endpoints.set('jwks', 'empty-set');
    assert.deepEqual(await keysOf(await get()), []);
  });

  mode('many-keys', async () => {
    region.endpoints.set('jwks', { mode: 'many-keys', count: 70 });
    const keys = await keysOf(await get());
    assert.equal(keys.length, 71);
    assert.deepEqual(keys.at(-1), region.keys.jwks().keys[0]);
    assert.equal(new Set(keys.map(({ n }) => n)).size, 71);
    assert.ok(keys.every(({ n }) => Buffer.from(n, 'base64url').length === 256));
  });

  mode('malformed-sibling', async () => {
    region.endpoints.set('jwks', 'malformed-sibling');
    const [broken, good] = await keysOf(await get());
    assert.equal(broken.n, 'not base64url!');
    assert.deepEqual(good, region.keys.jwks().keys[0]);
  });

  it('are all covered here', () => {
    assert.deepEqual([...covered].sort(), Object.keys(MODES).sort());
  });
});

describe('setting a fault', () => {
  it('can be for a number of requests', async () => {
    region.endpoints.set('jwks', { mode: 'status', times: 2 });
    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await get()).status);
    assert.deepEqual(statuses, [503, 503, 200]);
  });

  it('concerns one endpoint', async () => {
    region.endpoints.set('discovery', 'down');
    assert.equal((await get()).status, 200);
    await assert.rejects(fetch(`${region.url}/.well-known/openid-configuration`));
  });

  it('refuses what it does not know', () => {
    assert.throws(() => region.endpoints.set('jkws', 'down'), /no endpoint jkws/);
    assert.throws(() => region.endpoints.set('jwks', 'dwon'), /no fault mode dwon/);
    assert.throws(() => region.endpoints.set('jwks', { mode: 'down', ms: 1 }), /down takes no ms/);
    assert.throws(() => region.endpoints.set('jwks', { mode: 'down', times: 0 }), /times/);
  });
});

describe('the counters', () => {
  it('count fetches, conditional ones and those answered with 304', async () => {
    const first = await get();
    const etag = first.headers.get('etag');
    assert.match(etag, /^"[\w-]+"$/);
    const second = await get({ 'if-none-match': etag });
    assert.deepEqual([second.status, await second.text()], [304, '']);
    await region.keys.rotate();
    const third = await get({ 'if-none-match': etag });
    assert.equal(third.status, 200);
    assert.notEqual(third.headers.get('etag'), etag);
    assert.deepEqual(region.endpoints.counters, {
      jwks: { fetches: 3, conditional: 2, notModified: 1, followed: 0 },
      discovery: { fetches: 0, conditional: 0, notModified: 0, followed: 0 },
      forward: { fetches: 0, conditional: 0, notModified: 0, followed: 0 },
    });
  });

  it('count what a fault answers too', async () => {
    region.endpoints.set('jwks', 'down');
    await assert.rejects(get());
    assert.ok(region.endpoints.counters.jwks.fetches >= 1);
  });
});

describe('closing', () => {
  it('ends what is still waiting, at once', async () => {
    const other = await startSimulation({ gateway: { regions: ['gcp-eu'] } });
    const { url, endpoints } = other.gateway.regions['gcp-eu'];
    const open = [];
    for (const fault of [{ mode: 'slow-header', ms: 60_000 }, { mode: 'slow-body', ms: 60_000 }, 'endless-body']) {
      endpoints.set('jwks', fault);
      const req = http.get(`${url}/.well-known/jwks.json`, { agent: false }, (res) =>
        res.on('error', () => {}).resume(),
      );
      open.push(new Promise((resolve) => req.on('close', resolve)));
      req.on('error', () => {});
      await sleep(50);
    }
    const never = assert.rejects(fetch(`${other.backend.url}/never`));
    await sleep(50);
    const { ms } = await timed(() => other.close());
    assert.ok(ms < 1000);
    await Promise.all(open);
    await never;
    await assert.rejects(fetch(url));
  });
});
