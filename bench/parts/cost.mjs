// What a request costs in each worker, with a new token and with one that was seen before.
import { residentMebibytes } from '../../testing/process.mjs';
import { SCENARIOS } from '../scenario.mjs';
import { median, rotated, summary } from '../../testing/statistics.mjs';
import { fixed, spread, table } from '../../testing/table.mjs';
import { turns } from '../turns.mjs';
import { DRAWBRIDGE, JOSE, PASS_THROUGH, WORKERS } from '../workers.mjs';

// The workers take turns in short slices, so that a disturbance of the machine hits all of them.
const REQUESTS = 300;
const WARM_UP = 4000;
const MINUTES = 0.8;

export async function cost(stage, { rounds, say }) {
  const measured = [];
  for (const [label, scenario] of Object.entries(SCENARIOS)) {
    say(`${label}: warming up`);
    await stage.sign('warm-up', scenario, WARM_UP);
    const workers = [];
    for (const name of WORKERS) workers.push(await stage.startWorker(name, scenario));
    try {
      for (const worker of workers) await stage.measure(worker, { tokens: 'warm-up', count: WARM_UP });
      for (const tokens of ['distinct', 'repeated']) {
        say(`${label}, ${tokens}: up to ${rounds} rounds of ${REQUESTS} requests to each worker`);
        measured.push({
          scenario: label,
          tokens,
          workers: await inRounds(stage, workers, { scenario, tokens, rounds }),
        });
      }
    } finally {
      for (const worker of workers) await worker.end();
    }
  }
  return measured.map(withRatio);
}

async function inRounds(stage, workers, { scenario, tokens, rounds }) {
  const results = new Map(workers.map(({ name }) => [name, []]));
  if (tokens === 'repeated') await stage.sign('round', scenario, 1);
  for (const round of turns(rounds, MINUTES)) {
    if (tokens === 'distinct') await stage.sign('round', scenario, REQUESTS);
    for (const worker of rotated(workers, round)) {
      results.get(worker.name).push(await stage.measure(worker, { tokens: 'round', count: REQUESTS }));
    }
  }
  return workers.map(({ name, pid }) => {
    const all = (member) => results.get(name).map((result) => result[member]);
    return {
      worker: name,
      cpuMicros: summary(all('cpu')),
      cpuMicrosByRound: all('cpu'),
      perSecond: median(all('perSecond')),
      p50Millis: median(all('p50')),
      p99Millis: median(all('p99')),
      residentMebibytes: residentMebibytes(pid),
    };
  });
}

/** The cost of verification beyond passing through: Drawbridge's divided by jose's. */
function withRatio(measurement) {
  const of = (name) => measurement.workers.find(({ worker }) => worker === name);
  const [floor, jose, drawbridge] = [of(PASS_THROUGH), of(JOSE), of(DRAWBRIDGE)];
  const ratio = (a, b, c) => (a - c) / (b - c);
  const byRound = drawbridge.cpuMicrosByRound.map((cpu, round) =>
    ratio(cpu, jose.cpuMicrosByRound[round], floor.cpuMicrosByRound[round]),
  );
  return {
    ...measurement,
    ratio: {
      ...summary(byRound),
      ofMedians: ratio(drawbridge.cpuMicros.median, jose.cpuMicros.median, floor.cpuMicros.median),
    },
  };
}

export function showCost(measured) {
  const sections = measured.map(({ scenario, tokens, workers, ratio }) => {
    const rows = workers.map((one) => [
      one.worker,
      spread(one.cpuMicros),
      fixed(one.perSecond),
      fixed(one.p50Millis, 2),
      fixed(one.p99Millis, 2),
      fixed(one.residentMebibytes),
    ]);
    const head = [
      `${scenario}, ${tokens} token${tokens === 'distinct' ? 's' : ''}`,
      'CPU µs/request',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'RSS MiB',
    ];
    return (
      `${table(head, rows)}\n\n(Drawbridge − pass-through) / (jose − pass-through) = ` +
      `**${fixed(ratio.ofMedians, 2)}**; by round ${spread(ratio, 2)}`
    );
  });
  return sections.join('\n\n');
}
