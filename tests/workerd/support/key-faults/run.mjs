// Runs scenarios side by side, each at an issuer of its own, through the same moments of one worker's life.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startJtl } from '../../../../sim/index.mjs';
import { eventually } from '../../../../testing/eventually.mjs';
import { startAll } from '../../../../testing/start-all.mjs';
import { AUDIENCE, issuerOfJtl, issuerOfRegion } from '../issuer.mjs';
import { isGood, unmet } from './measure.mjs';
import { SteadyLoad } from '../steady-load.mjs';

/** The time between two requests of an issuer. */
export const EVERY_MS = 400;

/** If the machine is too busy for that pace, the fault lasts until each issuer has had this many answers. */
const ANSWERS = 5;
const PATIENCE = 50_000;

/**
 * The minimal duration of a fault in each of the two isolates. It is longer than any set may serve without a
 * refresh.
 */
export const FAULT_MS = 5000;

/**
 * Returns the latest time after a fault of `millis` at which the issuer is asked again. By then the cooldown
 * has at most doubled that time.
 */
export const recoveryMillis = ({ cooldown_seconds: cooldown, timeout_ms: timeout }, millis) =>
  millis + 1000 * cooldown + 2 * timeout;

/**
 * Runs load, begins the fault, replaces the isolate but keeps KV, ends the fault, and runs load until every
 * issuer has been asked again. `keys` are all settings of that table. Resolves to one result for each scenario:
 * `{ scenario, keys, issuer, records, slowest, times, fetches, published, kept, last, lines }`. `slowest` is
 * the longest time of any request of the run. `times` and `fetches` are by moment. `published` is the set
 * before the fault; `kept` and `last` are KV's entries when the isolate was replaced and at the end. `lines`
 * are the logs of the two isolates.
 */
export async function run(scenarios, keys) {
  const platforms = await Promise.all(scenarios.filter(({ platform }) => platform === 'jtl').map(() => startJtl()));
  const all = await startAll({
    simulation: simulationOf(scenarios),
    change: (config) => configOf(config, platforms, keys),
  });
  try {
    return await timeline(all, pairsOf(scenarios, all, platforms), keys);
  } finally {
    await Promise.all(platforms.map((jtl) => jtl.close()));
    await all.close();
  }
}

/** What the steps of a run share: the load, and views of the issuers, of KV and of the log. */
function stageOf(worker, pairs) {
  const each = (act) => Promise.all(pairs.map(({ scenario, issuer }) => act(scenario, issuer)));
  return {
    worker,
    each,
    load: new SteadyLoad({ worker, issuers: pairs.map(({ issuer }) => issuer), everyMs: EVERY_MS }),
    entries: async () =>
      new Map(await each(async (_, issuer) => [issuer, await worker.kv.get(`jwks:${issuer.source}`)])),
    linesOf: ({ source }, from, to) => worker.logs.slice(from, to).filter((line) => line.source === source),
  };
}

/** Signs a token of each issuer and waits until KV has every key set. */
async function prepare({ worker, each, entries }) {
  await each((scenario, issuer) => scenario.prepare?.(issuer));
  await each((_, issuer) => issuer.sign());
  await eventually(async () => {
    await worker.cron();
    assert.ok([...(await entries()).values()].every((entry) => entry !== null));
  });
}

/** Waits long enough, and until every issuer has had its fault and answers to valid requests. */
async function underFault({ worker, each, load, linesOf }, isolate) {
  const [from, split] = [Date.now(), worker.logs.length];
  const answers = (issuer) =>
    load.records.filter((record) => record.issuer === issuer && record.sentAt >= from && isGood(record)).length;
  await sleep(FAULT_MS);
  const enough = each((scenario, issuer) =>
    eventually(() => {
      assert.ok(answers(issuer) >= ANSWERS);
      assert.deepEqual(unmet(scenario, linesOf(issuer, split), isolate), []);
    }, PATIENCE),
  );
  // If that never happens, the measures show it.
  await enough.catch(() => {});
}

async function timeline({ worker }, pairs, keys) {
  const stage = stageOf(worker, pairs);
  const { load, each, entries, linesOf } = stage;
  const moments = [];
  const pass = (name) =>
    moments.push({ name, time: Date.now(), fetches: new Map(pairs.map(({ issuer }) => [issuer, issuer.fetches])) });
  const context = () => ({ kv: worker.kv, keys });

  await prepare(stage);
  load.start();
  await sleep(2 * EVERY_MS);

  const published = new Map(pairs.map(({ issuer }) => [issuer, JSON.stringify(issuer.keys.jwks())]));
  pass('begin');
  await Promise.all([each((scenario, issuer) => scenario.begin(issuer, context())), underFault(stage, 0)]);
  await load.stop();
  pass('stop');
  const kept = await entries();
  const split = worker.logs.length;
  await worker.restart();
  await each((scenario, issuer) => scenario.again?.(issuer, context()));
  pass('again');
  load.start();
  await underFault(stage, 1);

  pass('heal');
  pairs.forEach(({ issuer }) => issuer.endpoints.clear());
  const [again, heal] = moments.slice(-2);
  const askedAgain = () => pairs.every(({ issuer }) => issuer.fetches.jwks > heal.fetches.get(issuer).jwks);
  for (const latest = Date.now() + recoveryMillis(keys, heal.time - again.time); !askedAgain() && Date.now() < latest;)
    await sleep(EVERY_MS);
  await sleep(1000 * keys.cooldown_seconds);
  await load.stop();
  pass('end');
  const last = await written(entries, heal.time);

  return pairs.map(({ scenario, issuer }) => ({
    scenario,
    keys,
    issuer,
    ...recordsOf(load, issuer),
    ...momentsOf(moments, issuer),
    published: published.get(issuer),
    kept: kept.get(issuer),
    last: last.get(issuer),
    lines: [linesOf(issuer, 0, split), linesOf(issuer, split)],
  }));
}

const recordsOf = ({ records }, issuer) => ({
  records: records.filter((record) => record.issuer === issuer),
  slowest: Math.max(...records.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
});

const momentsOf = (moments, issuer) => ({
  times: Object.fromEntries(moments.map(({ name, time }) => [name, time])),
  fetches: Object.fromEntries(moments.map(({ name, fetches }) => [name, fetches.get(issuer)])),
});

/** Returns KV's entries when all are later than `moment`, or as they are if that never happens. */
function written(entries, moment) {
  const isLater = (text) => JSON.parse(text).fetched_at >= moment;
  return eventually(async () => {
    const found = await entries();
    assert.ok([...found.values()].every(isLater));
    return found;
  }).catch(entries);
}

const isJtl = ({ platform }) => platform === 'jtl';

function simulationOf(scenarios) {
  const regions = scenarios.filter((scenario) => !isJtl(scenario)).map(({ name }) => name);
  return { gateway: { regions, settings: { tokenLifetime: 600 } } };
}

const fieldOf = (index) => `x-session-id-${index}`;

function configOf(config, platforms, keys) {
  const [mc, jtl] = config.providers;
  const jtls = platforms.map(({ url }, index) => ({
    ...jtl,
    name: `jtl-${index}`,
    api_url: url,
    auth_url: url,
    header: fieldOf(index),
  }));
  return { ...config, public_url: new URL(AUDIENCE).origin, providers: [mc, ...jtls], keys };
}

function pairsOf(scenarios, { gateway }, platforms) {
  const jtls = platforms.map((jtl, index) => issuerOfJtl(jtl, fieldOf(index)));
  return scenarios.map((scenario) => ({
    scenario,
    issuer: isJtl(scenario) ? jtls.shift() : issuerOfRegion(gateway.regions[scenario.name]),
  }));
}
