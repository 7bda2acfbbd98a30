// The soak: valid and hostile traffic side by side while keys rotate, identity providers fail, slow clients
// send, thousands of connections idle and a backend does not answer.
import { load, machine } from '../testing/machine.mjs';
import { Clients } from './clients.mjs';
import { HOSTILE, hostileTraffic } from './hostile.mjs';
import { affordable, Idle } from './idle.mjs';
import { judgeMemory, watchMemory } from './memory.mjs';
import { paceFor } from './pace.mjs';
import { isExpected, promisesOf } from './promises.mjs';
import { RAW_NAMES, RAW_PLAIN, rawPlain, RAW_REFUSED, rawRefused } from './raw.mjs';
import { Schedule } from './schedule.mjs';
import { silentTraffic } from './silent.mjs';
import { slowTraffic } from './slow.mjs';
import { Stage } from './stage.mjs';
import { Tally } from './tally.mjs';
import { validTraffic } from './valid.mjs';

const SLOW_LIMIT_SECONDS = 300;

/**
 * Runs the soak for at least that many seconds, until everything has happened once. Resolves to the result and
 * its `promises`.
 */
export async function soak({ seconds, say }) {
  const pace = paceFor(seconds);
  const stage = await Stage.set(pace);
  try {
    return await runOn(stage, pace, seconds, say);
  } finally {
    await stage.end();
  }
}

async function runOn(stage, pace, seconds, say) {
  const { signing, host, origin, port } = stage;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const loads = [load()];
  const memory = watchMemory(stage.worker.state.pids[0]);

  const idle = await Idle.open(port, affordable(pace.idle));
  say(`${idle.opened} connections are open and idle`);
  const tally = new Tally(isExpected);
  const tried = new Set();
  const clients = new Clients(port, (outcome) => tally.add(outcome));
  const { clients: counts } = pace;
  clients.add('valid', counts.valid, validTraffic(signing, host));
  clients.add('valid', counts.plain, rawPlain(signing, origin, tried));
  clients.add('hostile', counts.hostile, hostileTraffic(signing, host, tried));
  clients.add('hostile', counts.raw, rawRefused(signing, origin, tried));
  clients.add('silent', counts.silent, silentTraffic(signing, host));
  clients.add('slow', counts.slow, slowTraffic(signing, host, pace.everyMillis));

  const schedule = new Schedule(stage, clients, pace);
  const wanted = new Set([...signing.hostile.map(({ kind, name }) => `${kind} ${name}`), ...RAW_NAMES]);
  const isEverythingTried = () => [...wanted].every((name) => tried.has(name)) && slowDone(tally);
  await schedule.run(() => {
    loads.push(load());
    const { sent, right } = tally.total('valid');
    say(`${elapsed().toFixed(0)} s: ${right} of ${sent} valid requests answered, ${stage.breaches.length} breaches`);
    return elapsed() >= seconds && (isEverythingTried() || elapsed() > seconds + SLOW_LIMIT_SECONDS);
  }, say);

  await clients.stop();
  memory.stop();
  const ran = elapsed();
  const woken = await idle.wake(host, signing);
  const result = {
    machine: machine(),
    load: { begin: loads[0], most: Math.max(...loads, load()) },
    seconds: ran,
    pace,
    rows: [...tally.rows].map(([kind, row]) => ({ kind, ...row })),
    valid: tally.total('valid'),
    hostile: tally.total('hostile'),
    latency: tally.latency,
    idle: { wanted: pace.idle, opened: idle.opened, failed: idle.failed, ...idle.counted, woken },
    memory: { ...judgeMemory(memory.samples), samples: memory.samples },
    schedule: {
      rotations: schedule.rotations,
      outages: schedule.outages,
      fetchesInVain: schedule.fetchesInVain,
      slowest: schedule.slowest,
    },
    untried: [...wanted].filter((name) => !tried.has(name)),
    surprises: tally.surprises,
    breaches: stage.breaches,
    lines: await stage.worker.call('lines'),
  };
  return { ...result, promises: promisesOf(result, [...HOSTILE, RAW_REFUSED, RAW_PLAIN]) };
}

/** Whether a slow client of each kind has finished. */
const slowDone = ({ rows }) =>
  [...rows.values()].filter(({ side, sent, unfinished }) => side === 'slow' && sent > unfinished).length === 3;
