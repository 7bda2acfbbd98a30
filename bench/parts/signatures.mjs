// One signature verification: in WebAssembly in workerd, natively, and by WebCrypto.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/tools.mjs';
import { WASM_TARGET, optimise } from '../../scripts/wasm.mjs';
import { cpuMicros } from '../../testing/process.mjs';
import { summary } from '../../testing/statistics.mjs';
import { fixed, spread, table } from '../../testing/table.mjs';
import { turns } from '../turns.mjs';
import { startWorkerd } from '../../testing/worker/workerd.mjs';
import { bundle } from '../workers.mjs';

// In the order of `SUBJECTS` in signatures/src/lib.rs; `times` makes a batch some 100 ms.
const SUBJECTS = [
  { name: 'RS256, Drawbridge', times: 1000 },
  { name: 'RS256, rsa as it comes', times: 150 },
  { name: 'EdDSA, Drawbridge', times: 1000 },
  { name: 'EdDSA, ed25519-dalek as it comes', times: 1000 },
  { name: 'SHA-256 of the token', times: 20000 },
];
const BY_SUBTLE = [
  { name: 'RS256, crypto.subtle', subject: 'rs256', times: 3000 },
  { name: 'EdDSA, crypto.subtle', subject: 'eddsa', times: 2000 },
];
const MAX_ROUNDS = 9;
const MINUTES = 0.5;
const TARGET = join(root, 'target');

export async function signatures(stage, { rounds: wanted, say }) {
  const rounds = Math.min(wanted, MAX_ROUNDS);
  say('signatures: compiling');
  const { native, wasm } = compile();
  say('signatures: natively');
  const natively = JSON.parse(execFileSync(native, { encoding: 'utf8' }));
  say(`signatures: in workerd, ${rounds} rounds`);
  const main = await bundle('signatures', ['./signatures.wasm']);
  const worker = await startWorkerd({ modules: { ...main, 'signatures.wasm': readFileSync(wasm) }, variables: {} });
  try {
    const inWorkerd = await measure(
      worker,
      [...SUBJECTS.map((one, subject) => ({ ...one, subject })), ...BY_SUBTLE],
      rounds,
    );
    return inWorkerd.map(({ name, micros }) => ({ name, workerdMicros: micros, nativeMicros: natively[name] }));
  } finally {
    await worker.end();
  }
}

function compile() {
  const cargo = (...args) =>
    execFileSync('cargo', ['build', '--release', '--locked', '--quiet', '--package', 'signatures', ...args], {
      cwd: root,
      env: { ...process.env, CARGO_TARGET_DIR: TARGET },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  cargo('--bin', 'signatures');
  cargo('--lib', '--target', WASM_TARGET);
  const optimised = join(TARGET, 'bench', 'signatures.wasm');
  mkdirSync(join(TARGET, 'bench'), { recursive: true });
  optimise(join(TARGET, WASM_TARGET, 'release', 'signatures.wasm'), optimised);
  return { native: join(TARGET, 'release', 'signatures'), wasm: optimised };
}

async function measure(worker, subjects, rounds) {
  const run = async ({ subject, times, name }) => {
    const before = cpuMicros(worker.pid);
    const good = await (await fetch(`http://127.0.0.1:${worker.port}/?subject=${subject}&times=${times}`)).text();
    if (Number(good) !== times) throw new Error(`${name}: ${good} of ${times} were good\n${worker.log()}`);
    return (cpuMicros(worker.pid) - before) / times;
  };
  const results = new Map(subjects.map(({ name }) => [name, []]));
  // V8 compiles a function again, and better, once it is called often.
  for (const subject of subjects) await run(subject);
  for (const _ of turns(rounds, MINUTES)) {
    for (const subject of subjects) results.get(subject.name).push(await run(subject));
  }
  return subjects.map(({ name }) => ({ name, micros: summary(results.get(name)) }));
}

export function showSignatures(results) {
  const rows = results.map(({ name, workerdMicros, nativeMicros }) => [
    name,
    spread(workerdMicros, 1),
    fixed(nativeMicros, 1),
  ]);
  return table(['one verification, µs', 'in workerd', 'natively'], rows);
}
