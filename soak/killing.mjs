// Kills and restarts each part under load, and counts what was lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../testing/eventually.mjs';
import { load, machine } from '../testing/machine.mjs';
import { Clients } from './clients.mjs';
import { hostileTraffic } from './hostile.mjs';
import { Ledger } from './ledger.mjs';
import { SHORT } from './pace.mjs';
import { isExpected } from './promises.mjs';
import { rawPlain, rawRefused } from './raw.mjs';
import { PATIENCE_MS, Stage } from './stage.mjs';
import { Tally } from './tally.mjs';
import { validTraffic } from './valid.mjs';

/** What is killed: the part, and its name in the table. */
const KILLED = [
  { name: 'identity providers', part: 'issuer' },
  { name: 'backend', part: 'backend' },
  { name: 'worker', part: 'worker' },
  { name: 'worker, the identity providers being down', part: 'worker', without: 'issuer' },
];

/** Few clients in a short run, which leaves room for other work on the machine. */
const clientsFor = (seconds) =>
  seconds < 5 ? { valid: 4, plain: 1, hostile: 3, raw: 1 } : { valid: 12, plain: 1, hostile: 6, raw: 1 };

/** `seconds` is how long each part is down, and how long the load continues before and after. */
export async function faults({ seconds, say }) {
  const started = performance.now();
  const stage = await Stage.set(SHORT);
  try {
    const begin = load();
    const { rows, hostile, surprises } = await killAll(stage, seconds, say);
    const result = {
      machine: machine(),
      load: { begin, most: Math.max(begin, load()) },
      seconds: (performance.now() - started) / 1000,
      clients: clientsFor(seconds),
      rows,
      hostile,
      breaches: stage.breaches,
      surprises,
    };
    return { ...result, promises: promisesOf(result) };
  } finally {
    await stage.end();
  }
}

async function killAll(stage, seconds, say) {
  const { signing, host, origin, port } = stage;
  const counts = clientsFor(seconds);
  let ledger;
  // A hostile request that gets 502 has been let through, too.
  const tally = new Tally((outcome) => outcome.side !== 'hostile' || isExpected(outcome));
  const clients = new Clients(port, (outcome) => {
    tally.add(outcome);
    if (outcome.side === 'valid') ledger.add(outcome);
  });
  ledger = new Ledger('issuer');
  clients.add('valid', counts.valid, validTraffic(signing, host));
  clients.add('valid', counts.plain, rawPlain(signing, origin, new Set()));
  clients.add('hostile', counts.hostile, hostileTraffic(signing, host, new Set()));
  clients.add('hostile', counts.raw, rawRefused(signing, origin, new Set()));

  const rows = [];
  for (const { name, part, without } of KILLED) {
    ledger = new Ledger(part);
    rows.push({ name, part, ...(await killOne(stage, ledger, { part, without, millis: seconds * 1000, clients })) });
    say(`${name}: ${JSON.stringify(rows.at(-1).losses)}`);
  }
  await clients.stop();
  return {
    rows,
    hostile: tally.total('hostile'),
    surprises: [...rows.flatMap(({ unexpected }) => unexpected.examples), ...tally.surprises],
  };
}

/** Runs load, kills the part, restarts it after `millis`, and runs load again. */
async function killOne(stage, ledger, { part, without, millis, clients }) {
  await sleep(millis);
  if (without) await stage[without].kill();
  const killedAt = performance.now();
  await stage[part].kill();
  await sleep(millis);
  const restartedAt = performance.now();
  await stage[part].restart();
  const upAt = performance.now();
  await until(() => ledger.after(upAt).count > 0, `no good answer after the restart of the ${part}`, PATIENCE_MS);
  await sleep(millis);
  const againAt = performance.now();
  if (without) await stage[without].restart();
  await clients.turnover();
  const { sent, right, losses } = ledger;
  return {
    downSeconds: (restartedAt - killedAt) / 1000,
    sent,
    right,
    losses,
    unexpected: ledger.unexpected({ killedAt, upAt }),
    firstMillis: ledger.after(restartedAt).first - restartedAt,
    after: ledger.after(upAt).count,
    ...(without && { withoutIssuer: ledger.after(restartedAt, againAt).count }),
  };
}

function promisesOf({ rows, hostile, breaches }) {
  const promise = (text, kept, found) => ({ promise: text, kept, found });
  const lost = ({ sent, right }) => sent - right;
  const row = (name) => rows.find((row) => row.name === name);
  const inWindow = (row) => row.unexpected.count === 0 && row.after > 0;
  const [issuer, backend, worker, held] = KILLED.map(({ name }) => row(name));
  return [
    promise(
      'without identity providers nothing is lost',
      lost(issuer) === 0 && issuer.sent > 0,
      `${lost(issuer)} of ${issuer.sent}`,
    ),
    promise(
      'without a backend requests get 502 upstream_unreachable, and only until it is back',
      inWindow(backend) && backend.losses.upstream_unreachable > 0,
      `${lost(backend)} of ${backend.sent}; ${backend.unexpected.count} otherwise`,
    ),
    promise(
      'without a worker connections are broken or cannot be made, and only until it is back',
      inWindow(worker) && lost(worker) > 0,
      `${lost(worker)} of ${worker.sent}; ${worker.unexpected.count} otherwise`,
    ),
    promise(
      'a new worker serves from Workers KV while the identity providers are down',
      inWindow(held) && held.withoutIssuer > 0,
      `${held.withoutIssuer} answered; ${held.unexpected.count} lost otherwise`,
    ),
    promise(
      'no hostile request reaches the backend meanwhile',
      hostile.sent > 0 && breaches.length === 0 && hostile.wrong === 0 && hostile.unexpected === 0,
      `${breaches.length} of ${hostile.sent}`,
    ),
  ];
}
