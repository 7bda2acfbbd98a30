// Mutation testing: `npm run mutants`, or `npm run mutants -- -f src/token/claims.rs`. cargo-mutants breaks the
// core in one place at a time (see .cargo/mutants.toml). If no test fails, the mutant has survived and is listed.
// The quick tests run first; the slower ones meet only what survives them.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, took } from './command.mjs';
import { provideTool } from './setup.mjs';
import { CARGO_MUTANTS, root } from './tools.mjs';

const OUTPUT = join(root, 'build', 'mutants');
const LONG = ['every_bit_of_a_signature', 'every_changed_character', 'key_cache::', 'wycheproof::'].flatMap((test) => [
  '--skip',
  test,
]);
const PASSES = [
  { name: 'unit tests', target: '--lib', tests: ['--skip', 'signature::'] },
  { name: 'tests/core, but the long ones', target: '--test=core', tests: LONG },
  { name: 'unit tests of signatures', target: '--lib', tests: ['signature::'] },
  { name: 'tests/core', target: '--test=core', tests: [] },
];
// The statuses of cargo-mutants: all were caught; some survived; some hung, which counts as caught.
const COMPLETE = [0, 2, 3];
// A mutant may allocate without end.
const LIMITED = ['-c', 'ulimit -v 12000000 2>/dev/null; exec "$0" "$@"'];

const lines = (name) => {
  const file = join(OUTPUT, 'mutants.out', `${name}.txt`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
};

function cargoMutants(tool, args) {
  // Dependencies are compiled once, although the sources are copied to another folder each time.
  const env = { ...process.env, CARGO_TARGET_DIR: join(root, 'target', 'mutants') };
  return spawnSync('sh', [...LIMITED, tool, 'mutants', '--output', OUTPUT, ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  }).status;
}

/** Runs one pass over the mutants that survived the earlier ones, and returns what became of each. */
function pass(tool, { name, target, tests }, args) {
  console.log(`mutants: ${name}`);
  const status = cargoMutants(tool, ['--iterate', ...args, `--cargo-arg=${target}`, '--', '--', ...tests]);
  if (!COMPLETE.includes(status)) throw new Stop(`cargo-mutants ended with ${status}`);
  const [caught, timeout, unviable, missed] = ['caught', 'timeout', 'unviable', 'missed'].map(lines);
  // A mutant that hangs is not tried again.
  for (const mutant of timeout) appendFileSync(join(OUTPUT, 'mutants.out', 'caught.txt'), `${mutant}\n`);
  return { caught, timeout, unviable, missed };
}

const fileOf = (mutant) => mutant.slice(0, mutant.indexOf(':'));

function report(passes) {
  const all = { caught: [], timeout: [], unviable: [], missed: passes.at(-1).missed };
  for (const { caught, timeout, unviable } of passes) {
    all.caught.push(...caught);
    all.timeout.push(...timeout);
    all.unviable.push(...unviable);
  }
  const kinds = Object.keys(all);
  const files = [...new Set(kinds.flatMap((kind) => all[kind].map(fileOf)))].sort();
  const row = (name, count) => `| ${name} | ${kinds.map(count).join(' | ')} |`;
  const table = [
    row('file', (kind) => kind),
    `|---|${kinds.map(() => '---:|').join('')}`,
    ...files.map((file) => row(file, (kind) => all[kind].filter((mutant) => fileOf(mutant) === file).length)),
    row('in all', (kind) => all[kind].length),
  ];
  writeFileSync(join(OUTPUT, 'report.md'), `${table.join('\n')}\n`);
  console.log(table.join('\n'));
  for (const mutant of all.missed) console.log(`mutants: survived: ${mutant}`);
  return all.missed.length === 0;
}

try {
  const args = process.argv.slice(2);
  const started = Date.now();
  const tool = await provideTool(CARGO_MUTANTS);
  if (args.includes('--list')) process.exit(cargoMutants(tool, args));
  // Each pass would take another share of what is left.
  if (args.some((arg) => arg.startsWith('--shard'))) throw new Stop('--shard is not supported; -f selects one file');
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const passes = [];
  for (const each of PASSES) {
    passes.push(pass(tool, each, args));
    if (passes.at(-1).missed.length === 0) break;
  }
  if (!report(passes)) process.exitCode = 1;
  console.log(`mutants: done (${took(started)})`);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`mutants cannot go on: ${error.message}`);
  process.exitCode = 1;
}
