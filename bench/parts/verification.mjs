// The same comparison without the network: the workers run in one event, and every fetch is answered at once.
// It says less about a whole request, and is disturbed far less by other work on the machine.
import { readFileSync } from 'node:fs';
import { cpuMicros } from '../../testing/process.mjs';
import { PUBLIC_URL, SCENARIOS, requestWith } from '../scenario.mjs';
import { median, rotated, summary } from '../../testing/statistics.mjs';
import { fixed, spread, table } from '../../testing/table.mjs';
import { turns } from '../turns.mjs';
import { DRAWBRIDGE, JOSE, PASS_THROUGH } from '../workers.mjs';

const TOKENS = 1000;
const WARM_UPS = 3;
const MAX_ROUNDS = 9;
const MINUTES = 0.3;
// Hono fetches keys for every request, so without the network there is nothing to compare.
const COMPARED = [PASS_THROUGH, JOSE, DRAWBRIDGE];
const WRAPPER = readFileSync(new URL('../workers/without-network.mjs', import.meta.url));

export async function verification(stage, { rounds: wanted, say }) {
  const rounds = Math.min(wanted, MAX_ROUNDS);
  const results = [];
  for (const [label, scenario] of Object.entries(SCENARIOS)) {
    const workers = [];
    for (const name of COMPARED) workers.push(await stage.startWorker(name, scenario, { wrapper: WRAPPER }));
    try {
      for (const kind of ['distinct', 'repeated']) {
        say(`verification, ${label}, ${kind}: ${rounds} rounds of ${TOKENS} requests`);
        results.push({
          scenario: label,
          tokens: kind,
          ...(await inRounds(stage, workers, { scenario, rounds, kind })),
        });
      }
    } finally {
      for (const worker of workers) await worker.end();
    }
  }
  return results;
}

async function inRounds(stage, workers, { scenario, rounds, kind }) {
  const cpu = new Map(workers.map(({ name }) => [name, []]));
  let signed;
  for (const turn of turns(WARM_UPS + rounds, MINUTES)) {
    if (kind === 'distinct' || turn === 0) signed = await stage.tokens(scenario, kind === 'distinct' ? TOKENS : 1);
    const tokens = Array.from({ length: TOKENS }, (_, index) => signed[index % signed.length]);
    for (const worker of rotated(workers, turn)) {
      const micros = await batch(worker, tokens);
      if (turn >= WARM_UPS) cpu.get(worker.name).push(micros);
    }
  }
  const [floor, jose, drawbridge] = COMPARED.map((name) => median(cpu.get(name)));
  return {
    workers: COMPARED.map((worker) => ({ worker, cpuMicros: summary(cpu.get(worker)) })),
    ratio: (drawbridge - floor) / (jose - floor),
  };
}

async function batch(worker, tokens) {
  const { path, headers } = requestWith();
  const body = JSON.stringify({ url: PUBLIC_URL + path, headers, tokens });
  const before = cpuMicros(worker.pid);
  const response = await fetch(`http://127.0.0.1:${worker.port}/`, { method: 'POST', body });
  const forwarded = Number(await response.text());
  const micros = (cpuMicros(worker.pid) - before) / tokens.length;
  if (forwarded !== tokens.length - 1)
    throw new Error(`${worker.name} answered ${response.status} and forwarded ${forwarded}\n${worker.log()}`);
  return micros;
}

export function showVerification(results) {
  const head = ['without network, CPU µs/request', ...COMPARED, 'ratio'];
  const rows = results.map(({ scenario, tokens, workers, ratio }) => [
    `${scenario}, ${tokens}`,
    ...workers.map(({ cpuMicros }) => spread(cpuMicros)),
    fixed(ratio, 2),
  ]);
  return table(head, rows);
}
