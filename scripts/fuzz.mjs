// Fuzzes the core: `npm run fuzz -- <target> --seconds 600`, or each target in turn if none is named. Coverage
// guides it: libFuzzer, which needs a C++ compiler, uses the instrumentation that stable Rust has. What it
// learns is kept in build/fuzz/<target>/. `--grow` copies small inputs that add coverage into
// fuzz/corpus/<target>/. A failing input is left in build/fuzz/findings/<target>/; name it to run it again:
// `npm run fuzz -- <target> <file>`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './tools.mjs';

const CORPUS = join(root, 'fuzz', 'corpus');
const MAX_SEED_BYTES = 1500;
const MAX_SEEDS = 40;
const LENGTHS = { token: 1200, rs256: 600 };
const INSTRUMENTED = [
  '-Cpasses=sancov-module',
  ...['level=4', 'inline-8bit-counters', 'pc-table', 'trace-compares'].map(
    (what) => `-Cllvm-args=-sanitizer-coverage-${what}`,
  ),
  '-Ccodegen-units=1',
  '-Cdebug-assertions',
  '-Coverflow-checks',
  '-Clto=off',
  '-Cpanic=abort',
].join(' ');

function fail(text) {
  console.error(`fuzz: ${text}`);
  process.exit(1);
}

function build() {
  const [, host] = /^host: (.*)$/m.exec(spawnSync('rustc', ['-vV'], { cwd: root, encoding: 'utf8' }).stdout);
  // A named target keeps the flags away from build scripts and macros.
  const args = [
    'build',
    '--locked',
    '--release',
    '--package',
    'drawbridge-fuzz',
    '--target',
    host,
    '--target-dir',
    join(root, 'target', 'fuzz'),
  ];
  const { status } = spawnSync('cargo', args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, RUSTFLAGS: INSTRUMENTED },
  });
  if (status !== 0) fail('it could not be built. libFuzzer needs a C++ compiler (`c++`).');
  return join(root, 'target', 'fuzz', host, 'release', 'drawbridge-fuzz');
}

function run(binary, target, args) {
  return spawnSync(binary, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, FUZZ_TARGET: target },
  });
}

function fuzz(binary, target, seconds) {
  const learnt = join(root, 'build', 'fuzz', target);
  const findings = join(root, 'build', 'fuzz', 'findings', target);
  for (const folder of [learnt, findings]) mkdirSync(folder, { recursive: true });
  const args = [
    learnt,
    join(CORPUS, target),
    `-max_total_time=${seconds}`,
    '-print_final_stats=1',
    '-timeout=20',
    '-rss_limit_mb=1024',
    `-artifact_prefix=${findings}/`,
    `-max_len=${LENGTHS[target] ?? 2000}`,
  ];
  const { status, stderr } = run(binary, target, args);
  const [, runs = '0'] = /number_of_executed_units: (\d+)/.exec(stderr) ?? [];
  const [coverage = ''] = [...stderr.matchAll(/cov: \d+/g)].at(-1) ?? [];
  console.log(
    `fuzz: ${target}: ${Number(runs).toLocaleString('en')} runs in ${seconds} s, ${coverage}: ` +
      `${status === 0 ? 'nothing found' : 'FAILED'}`,
  );
  if (status !== 0) console.log(stderr.split('\n').slice(-60).join('\n'));
  return status === 0;
}

/** Adds inputs that cover more than the corpus does, the smallest first. */
function grow(binary, target) {
  const merged = mkdtempSync(join(tmpdir(), 'drawbridge-corpus-'));
  const corpus = join(CORPUS, target);
  cpSync(corpus, merged, { recursive: true });
  run(binary, target, ['-merge=1', merged, join(root, 'build', 'fuzz', target)]);
  const known = new Set(readdirSync(corpus));
  const found = readdirSync(merged)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, size: statSync(join(merged, name)).size }));
  const small = found
    .filter(({ size }) => size <= MAX_SEED_BYTES)
    .sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
  const taken = small.slice(0, Math.max(0, MAX_SEEDS - known.size));
  for (const { name } of taken) cpSync(join(merged, name), join(corpus, name.slice(0, 12)));
  rmSync(merged, { recursive: true });
  console.log(`fuzz: ${target}: ${taken.length} of ${found.length} inputs that cover more are new in the corpus`);
}

const args = process.argv.slice(2);
const seconds = Number(args.includes('--seconds') ? args[args.indexOf('--seconds') + 1] : 60);
const [name, input] = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--seconds');
const all = readdirSync(CORPUS).sort();
if (!(seconds > 0)) fail('--seconds takes a number');
if (name && !all.includes(name)) fail(`there is no target ${name}; there are: ${all.join(', ')}`);
const binary = build();
if (input) {
  const { status, stderr } = run(binary, name, [input]);
  console.log(stderr);
  process.exit(status ?? 1);
}
let clean = true;
for (const target of name ? [name] : all) {
  clean = fuzz(binary, target, seconds) && clean;
  if (args.includes('--grow')) grow(binary, target);
}
process.exit(clean ? 0 : 1);
