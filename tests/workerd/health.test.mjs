// What a monitor sees. Health reads memory, and KV at times; it never asks an issuer.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../testing/eventually.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { asJtl, asMc } from './support/verdict.mjs';

const PATH = '/.well-known/drawbridge/health';
const SECRET = 'monitor-secret';
const settings = { health_secret_name: 'HEALTH_SECRET' };

async function start(t, change = {}) {
  const all = await startAll({
    change: (config) => ({ ...config, ...settings, ...change }),
    bindings: { HEALTH_SECRET: SECRET },
    simulation: { gateway: { regions: ['gcp-eu'] } },
  });
  t.after(all.close);
  const health = async (token = SECRET, options = {}) => {
    const { status, headers, body } = await send(all.worker.url, PATH, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      ...options,
    });
    return { code: status, headers, ...JSON.parse(body.toString()) };
  };
  const requests = () =>
    [all.region.endpoints, all.jtl.endpoints].map(({ counters }) =>
      Object.values(counters).reduce((sum, { fetches }) => sum + fetches, 0),
    );
  const source = async (name) => (await health()).sources.find((one) => one.source === name);
  return { ...all, health, requests, source };
}

describe('health', { concurrency: 4 }, () => {
  it('tells anybody whether all keys are at hand, and nobody more without the secret', async (t) => {
    const all = await start(t);
    const cold = await all.health(null);
    assert.deepEqual(
      [cold.code, cold.headers['cache-control'], cold.headers['content-type']],
      [503, 'no-store', 'application/json'],
    );
    assert.deepEqual(all.requests(), [0, 0]);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    for (const token of [null, '', 'wrong', `${SECRET}x`, SECRET.slice(1)]) {
      const { headers: _, code, ...rest } = await all.health(token);
      assert.deepEqual([code, rest], [200, { status: 'ok' }], token);
    }
    const basic = await send(all.worker.url, PATH, { headers: { authorization: `Basic ${SECRET}` } });
    assert.deepEqual([basic.status, basic.body.toString()], [200, '{"status":"ok"}']);
  });

  it('tells with the secret about each source, and nothing secret', async (t) => {
    const all = await start(t);
    await asMc(all);
    all.jtl.endpoints.set('jwks', { mode: 'status', status: 500 });
    assert.equal(await asJtl(all), 'keys_unavailable');
    const { status, sources, headers } = await all.health();
    const [mc, jtl] = sources;
    assert.equal(status, 'degraded');
    assert.ok(mc.age_seconds >= 0 && mc.age_seconds < 600, mc.age_seconds);
    assert.deepEqual({ ...mc, age_seconds: 0 }, { source: all.region.url, state: 'fresh', keys: 1, age_seconds: 0 });
    const { age_seconds: age, ...error } = jtl.last_error;
    assert.ok(age >= 0 && age < 600);
    assert.deepEqual(
      { ...jtl, last_error: error },
      { source: `${all.jtl.url}/account`, state: 'absent', keys: 0, last_error: { cause: 'status 500' } },
    );
    const text = JSON.stringify([sources, headers]);
    for (const secret of [SECRET, all.options.bindings.JTL_CLIENT_ID, all.options.bindings.JTL_CLIENT_SECRET])
      assert.ok(!text.includes(String(secret)));
  });

  it('shows a set age, serve beyond its time and expire, and the error that has passed no longer', async (t) => {
    const all = await start(t, { keys: { fresh_seconds: 1, stale_seconds: 2, cooldown_seconds: 1 } });
    await asMc(all);
    const state = async () => (await all.source(all.region.url)).state;
    assert.equal(await state(), 'fresh');
    all.region.endpoints.set('jwks', 'down');
    await sleep(1100);
    assert.equal(await asMc(all), 'ok');
    assert.equal(await state(), 'stale');
    assert.equal((await all.source(all.region.url)).last_error.cause, 'no response');
    assert.equal((await all.health()).status, 'degraded');
    await eventually(async () => assert.equal(await state(), 'expired'));
    assert.equal((await send(all.worker.url, PATH)).status, 503);
    all.region.endpoints.clear();
    await eventually(async () => assert.equal(await asMc(all), 'ok'));
    const back = await all.source(all.region.url);
    assert.deepEqual([back.state, back.last_error], ['fresh', undefined]);
  });

  it('finds in KV what another isolate has fetched, and asks no issuer', async (t) => {
    const all = await start(t);
    assert.deepEqual([await asMc(all), await asJtl(all)], ['ok', 'ok']);
    await eventually(async () => assert.equal((await all.worker.kv.list()).keys.length, 2));
    await all.worker.restart();
    const before = all.requests();
    const together = await Promise.all(Array.from({ length: 10 }, () => all.health(null)));
    assert.deepEqual([...new Set(together.map(({ status }) => status))], ['ok']);
    assert.deepEqual(all.requests(), before);
  });

  it('names key ids under which too many stand', async (t) => {
    const all = await start(t);
    for (let more = 4; more > 0; more -= 1) await all.region.keys.rotate({ mode: 'overlap' });
    assert.equal(await asMc(all), 'ok');
    const { keys, crowded_key_ids: crowded } = await all.source(all.region.url);
    assert.ok(keys > 4, `${keys} keys`);
    assert.deepEqual(crowded, [null]);
  });

  it('takes GET and HEAD only, and is never forwarded', async (t) => {
    const all = await start(t);
    await asMc(all);
    const head = await send(all.worker.url, PATH, { method: 'HEAD' });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    const post = await send(all.worker.url, PATH, { method: 'POST' });
    assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
    for (const path of [
      `${PATH}/`,
      `${PATH}/x`,
      '/.well-known/drawbridge',
      '/.well-known/drawbridge/',
      '/.WELL-KNOWN/drawbridge/HEALTH',
    ]) {
      assert.equal((await send(all.worker.url, path)).status, 404, path);
    }
    assert.equal((await send(all.worker.url, `${PATH}?x=1`)).status, 200);
    assert.equal(all.backend.counters.requests, 1);
  });
});

describe('health of a worker that cannot work', () => {
  it('is 503, and says no more', async (t) => {
    const worker = await startWorker({ config: {} });
    t.after(worker.dispose);
    const { status, body } = await send(worker.url, PATH, { headers: { authorization: `Bearer ${SECRET}` } });
    assert.deepEqual([status, body.toString()], [503, '{"status":"degraded"}']);
    assert.equal((await send(worker.url, '/orders')).status, 500);
  });

  it('is 200 with keys that stand in the configuration', async (t) => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const provider = {
      name: 'login',
      kind: 'oidc',
      issuer: 'https://login.example',
      audiences: ['api'],
      algorithms: ['EdDSA'],
      jwks: { keys: [key] },
    };
    const worker = await startWorker({
      config: { ...settings, providers: [provider], upstreams: { origin: { url: 'https://backend.example' } } },
      bindings: { HEALTH_SECRET: SECRET },
    });
    t.after(worker.dispose);
    const { status, body } = await send(worker.url, PATH, { headers: { authorization: `Bearer ${SECRET}` } });
    assert.deepEqual(
      [status, JSON.parse(body.toString())],
      [200, { status: 'ok', sources: [{ source: 'https://login.example', state: 'inline', keys: 1 }] }],
    );
  });
});
