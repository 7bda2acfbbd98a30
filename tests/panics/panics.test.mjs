// The worker can panic only in known places, each with the reason why it does not happen. Running out of memory
// does not count: what is read is bounded.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { root } from '../../scripts/tools.mjs';
import { WASM } from '../../testing/worker/built.mjs';
import { ALLOWED } from './allowed.mjs';
import { panicSites } from './sites.mjs';
import { readModule } from './wasm.mjs';

const sites = panicSites(readFileSync(WASM));

it('every place that could panic is known', () => {
  // A module of this size without any such place would mean that it was not understood.
  assert.ok(sites.length > 200, `${sites.length} places`);
  assert.ok(sites.filter(({ at }) => at.endsWith('.rs')).length > 0.8 * sites.length);
  const unknown = sites.filter(({ at }) => !ALLOWED.some((allowed) => allowed.at.test(at)));
  assert.deepEqual(unknown, []);
});

it('each reason is about a place that there is', () => {
  assert.deepEqual(
    ALLOWED.filter((allowed) => !sites.some(({ at }) => allowed.at.test(at))),
    [],
  );
});

it('nothing of ours that reads what strangers send can panic', () => {
  const reading = [
    'json',
    'keys',
    'pipeline',
    'provider',
    'redaction',
    'rejection',
    'request',
    'route',
    'signature',
    'token',
    'upstream',
  ];
  // It writes what was verified, and reads nothing: see ALLOWED.
  const writing = 'src/upstream/assertion.rs';
  assert.deepEqual(
    sites.filter(({ at }) => at.startsWith('drawbridge::')),
    [],
  );
  for (const name of reading) {
    assert.ok(existsSync(join(root, 'src', `${name}.rs`)), name);
    assert.deepEqual(
      sites.filter(({ at }) => at === `src/${name}.rs` || (at.startsWith(`src/${name}/`) && at !== writing)),
      [],
    );
  }
});

it('a panic of ours would be seen', () => {
  // The shell has some. Their places are named by file, in the form that the check above looks for.
  assert.ok(sites.some(({ at }) => /^src\/edge\/\w+\.rs$/.test(at)));
  assert.ok(sites.some(({ calls }) => calls === 'core::panicking::panic_bounds_check'));
});

it('a stack trace has the names of our functions, without hashes', () => {
  const names = readModule(readFileSync(WASM)).functions.map(({ name }) => name);
  assert.ok(names.some((name) => name.startsWith('drawbridge::pipeline::')));
  assert.deepEqual(
    names.filter((name) => /\bh[0-9a-f]{16}\b|\[[0-9a-f]{16}\]/.test(name)),
    [],
  );
});
