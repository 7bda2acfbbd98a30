// Everything that can go wrong with an issuer's keys, under steady load and across a restart: who is refused,
// how often the issuer is asked, how long a revoked key lives. The table is docs/key-faults.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { measure, revokedMillis, slackMillis, unmet } from '../support/key-faults/measure.mjs';
import { recoveryMillis, run } from '../support/key-faults/run.mjs';
import { SCENARIOS, SETTINGS } from '../support/key-faults/scenarios.mjs';
import { document, table, withoutFigures } from '../support/key-faults/table.mjs';

const DOCUMENT = new URL('../../../docs/key-faults.md', import.meta.url);

describe('keys under load', () => {
  let results;

  before(async () => {
    const runs = Object.entries(SETTINGS).map(([name, keys]) =>
      run(
        SCENARIOS.filter(({ settings = 'usual' }) => settings === name),
        keys,
      ),
    );
    const ran = (await Promise.all(runs)).flat();
    results = SCENARIOS.map((scenario) => ran.find((result) => result.scenario === scenario));
  });

  for (const [index, scenario] of SCENARIOS.entries()) {
    it(scenario.name, () => {
      const result = results[index];
      const measured = measure(result);
      isUnderLoad(result, measured);
      refusesNoGood(result, measured);
      dropsRevoked(result, measured);
      sparesTheIssuer(result, measured);
      meetsTheFault(result);
      keepsTheGoodSet(result);
    });
  }

  it('is as documented', (t) => {
    t.diagnostic(`\n${table(results)}`);
    if (process.env.WRITE_KEY_FAULTS) {
      mkdirSync(new URL('.', DOCUMENT), { recursive: true });
      writeFileSync(DOCUMENT, document(results));
    }
    assert.equal(
      withoutFigures(readFileSync(DOCUMENT, 'utf8')),
      withoutFigures(document(results)),
      'npm run docs:key-faults writes it',
    );
  });
});

function isUnderLoad({ times }, { good }) {
  for (const [from, until] of [
    ['begin', 'stop'],
    ['again', 'heal'],
    ['heal', 'end'],
  ]) {
    assert.ok(
      good.some(({ sentAt, answeredAt }) => sentAt >= times[from] && answeredAt <= times[until]),
      `no request between ${from} and ${until}`,
    );
  }
}

function refusesNoGood(result, { good, refused }) {
  const { scenario } = result;
  if (scenario.stops) return stopsAtTheBound(result, good);
  const early = scenario.grace ? refused.filter((record) => isWithinCooldown(result, record)) : [];
  assert.deepEqual(refused.filter((record) => !early.includes(record)).map(shown), []);
  return assert.ok(refused.length < good.length / 2);
}

/** Returns the cooldown after an attempt that was under way, or over, when the key began to sign. */
function isWithinCooldown(result, { token, sentAt, status, code }) {
  const latest = token.from + slackMillis(result) + 1000 * result.keys.cooldown_seconds;
  return status === 401 && ['key_unknown', 'signature_invalid'].includes(code) && sentAt <= latest;
}

function stopsAtTheBound({ keys, times, kept }, good) {
  const stale = JSON.parse(kept).fetched_at + 1000 * keys.fresh_seconds;
  const bound = stale + 1000 * keys.stale_seconds;
  const latest = times.heal + recoveryMillis(keys, times.heal - times.again);
  for (const record of good) {
    const { sentAt, answeredAt, status, code } = record;
    if (code === 'ok') assert.ok(sentAt < bound || answeredAt >= times.heal, `served past the bound: ${shown(record)}`);
    else
      assert.ok(
        status === 503 && code === 'keys_unavailable' && answeredAt >= bound && sentAt <= latest,
        `refused: ${shown(record)}`,
      );
  }
  assert.ok(
    good.some(({ code, sentAt }) => code === 'ok' && sentAt >= stale && sentAt < bound),
    'nobody served while stale',
  );
  assert.ok(
    good.some(({ code, sentAt, answeredAt }) => code !== 'ok' && sentAt >= times.again && answeredAt < times.heal),
    'nobody refused',
  );
  assert.equal(good.at(-1).code, 'ok');
}

function dropsRevoked(result, { accepted, revoked }) {
  const bound = 1000 * result.keys.fresh_seconds + slackMillis(result);
  assert.ok(
    revokedMillis(accepted) <= bound,
    `accepted for ${revokedMillis(accepted)} ms, and at most ${bound} are allowed`,
  );
  if (revoked) assert.ok(result.records.some(({ token, sentAt, code }) => sentAt > token.until && code !== 'ok'));
}

function sparesTheIssuer({ issuer }, { fetches, atMost }) {
  for (const [isolate, count] of fetches.entries()) {
    assert.ok(
      count <= atMost[isolate],
      `${count} fetches in isolate ${isolate + 1}, and at most ${atMost[isolate]} are allowed`,
    );
  }
  assert.ok(fetches[0] >= 1, 'the issuer was never asked');
  assert.equal(issuer.endpoints.counters.jwks.followed, 0);
}

function meetsTheFault({ scenario, lines }) {
  assert.deepEqual(
    lines.map((ofIsolate, isolate) => unmet(scenario, ofIsolate, isolate)),
    [[], []],
  );
}

function keepsTheGoodSet({ scenario, issuer, times, published, kept, last }) {
  if (scenario.fails) assert.equal(JSON.parse(kept).jwks, published);
  const { fetched_at: fetchedAt, jwks } = JSON.parse(last);
  assert.ok(fetchedAt >= times.heal, 'not refreshed after the fault');
  assert.equal(jwks, JSON.stringify(issuer.keys.jwks()));
}

function shown({ token, sentAt, answeredAt, status, code }) {
  return (
    `${status} ${code}, sent ${sentAt - token.from} ms after its token was good, answered after ` +
    `${answeredAt - sentAt} ms`
  );
}
