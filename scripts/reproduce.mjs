// Builds the worker twice from the current commit, in two folders whose paths differ in length, and compares
// the bytes. It takes as long as two builds from scratch.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './tools.mjs';

const OUTPUTS = ['index.js', 'index_bg.wasm'];
const scratch = mkdtempSync(join(tmpdir(), 'drawbridge-reproduce-'));

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

/** Builds in a clone of the current commit and returns the hashes of the outputs. */
function build(folder) {
  mkdirSync(join(folder, '..'), { recursive: true });
  run('git', ['clone', '--quiet', '--no-hardlinks', root, folder], scratch);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  run(process.execPath, ['scripts/build.mjs'], folder);
  const hashes = OUTPUTS.map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, 'build', name)))
      .digest('hex'),
  ]);
  rmSync(folder, { recursive: true });
  return Object.fromEntries(hashes);
}

try {
  const [first, second] = [build(join(scratch, 'a')), build(join(scratch, 'a-much-longer', 'path', 'elsewhere'))];
  for (const name of OUTPUTS) {
    const same = first[name] === second[name];
    const outcome = same ? `the same twice, SHA-256 ${first[name]}` : `DIFFERS: ${first[name]} and ${second[name]}`;
    console.log(`reproduce: ${name}: ${outcome}`);
    if (!same) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
