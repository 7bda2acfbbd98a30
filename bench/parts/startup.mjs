// What a new process costs until its first answer, and how large a worker is.
import { cpuMicros } from '../../testing/process.mjs';
import { SCENARIOS } from '../scenario.mjs';
import { rotated, summary } from '../../testing/statistics.mjs';
import { fixed, spread, table } from '../../testing/table.mjs';
import { turns } from '../turns.mjs';
import { DRAWBRIDGE, WORKERS, modulesOf, sizeOf } from '../workers.mjs';

const COMPILATIONS = 15;
const MAX_ROUNDS = 9;
const MINUTES = 0.3;

export async function startup(stage, { rounds: wanted, say }) {
  const rounds = Math.min(wanted, MAX_ROUNDS);
  const scenario = SCENARIOS.RS256;
  await stage.sign('first', scenario, 1);
  say(`start-up: ${rounds} new processes of each worker`);
  const results = new Map(WORKERS.map((name) => [name, []]));
  for (const round of turns(rounds, MINUTES)) {
    for (const name of rotated(WORKERS, round)) results.get(name).push(await first(stage, name, scenario));
  }
  const workers = [];
  for (const name of WORKERS) {
    const all = (member) => summary(results.get(name).map((result) => result[member]));
    workers.push({
      worker: name,
      listeningMillis: all('listening'),
      firstRequestMillis: all('request'),
      startCpuMillis: all('startCpu'),
      firstRequestCpuMillis: all('requestCpu'),
      ...(await sizeOf(name)),
    });
  }
  return { workers, module: await compilation() };
}

async function first(stage, name, scenario) {
  const worker = await stage.startWorker(name, scenario);
  try {
    const startCpu = cpuMicros(worker.pid);
    const { p50, cpu } = await stage.measure(worker, { tokens: 'first', count: 1, connections: 1 });
    return { listening: worker.startMs, request: p50, startCpu: startCpu / 1000, requestCpu: cpu / 1000 };
  } finally {
    await worker.end();
  }
}

/**
 * Compiles in this Node, whose V8 differs from workerd's. Functions are not included: V8 compiles them when
 * they are called.
 */
async function compilation() {
  const { 'index_bg.wasm': wasm } = await modulesOf(DRAWBRIDGE);
  const millis = Array.from({ length: COMPILATIONS }, (_, index) => {
    const unseen = Buffer.concat([wasm, customSection(index)]);
    const started = performance.now();
    new WebAssembly.Module(unseen);
    return performance.now() - started;
  });
  return { compileMillis: summary(millis) };
}

// Changes the module, since V8 remembers modules that it has compiled.
const customSection = (index) => Buffer.from([0, 3, 1, 'x'.charCodeAt(0), index]);

export function showStartup({ workers, module }) {
  const head = [
    'in a new process (RS256)',
    'until it listens, ms',
    'CPU until then, ms',
    'first request, ms',
    'its CPU, ms',
    'size KiB',
    'compressed KiB',
  ];
  const rows = workers.map((one) => [
    one.worker,
    spread(one.listeningMillis),
    spread(one.startCpuMillis),
    spread(one.firstRequestMillis, 1),
    spread(one.firstRequestCpuMillis, 1),
    fixed(one.bytes / 1024, 1),
    fixed(one.compressed / 1024, 1),
  ]);
  return (
    `${table(head, rows)}\n\nCompiling Drawbridge's WebAssembly module (V8 of this Node): ` +
    `${spread(module.compileMillis, 1)} ms`
  );
}
