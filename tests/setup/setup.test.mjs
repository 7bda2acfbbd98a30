import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { advice } from '../../scripts/command.mjs';
import { installedFiles, pinnedChannel, satisfies } from '../../scripts/setup.mjs';
import { root } from '../../scripts/tools.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const one = { version: '1.0.0', integrity: 'sha512-one' };
const lock = (packages) => ({ packages });

test('node_modules satisfies a lock file that asks for what is installed', () => {
  assert.ok(satisfies(lock({ a: one }), lock({ '': { name: 'drawbridge' }, a: one })));
});

test('a package for another platform may be missing', () => {
  assert.ok(satisfies(lock({ a: one }), lock({ a: one, b: { ...one, optional: true } })));
});

test('a package that is missing, left over or another one means installing again', () => {
  assert.ok(!satisfies(lock({}), lock({ a: one })));
  assert.ok(!satisfies(lock({ a: one, b: one }), lock({ a: one })));
  assert.ok(!satisfies(lock({ a: { ...one, version: '1.0.1' } }), lock({ a: one })));
  assert.ok(!satisfies(lock({ a: { ...one, integrity: 'sha512-two' } }), lock({ a: one })));
});

test('what npm recorded names files, whose absence shows that an installation was disturbed', () => {
  const packages = {
    'node_modules/wrangler': { ...one, bin: { wrangler: 'bin/wrangler.js' } },
    'node_modules/wrangler/node_modules/esbuild': { ...one, bin: { esbuild: 'bin/esbuild' } },
  };
  assert.deepEqual(installedFiles(lock(packages)), [
    'node_modules/wrangler/package.json',
    'node_modules/.bin/wrangler',
    'node_modules/wrangler/node_modules/esbuild/package.json',
  ]);
});

test('the toolchain is the one that rust-toolchain.toml pins', () => {
  assert.equal(pinnedChannel('[toolchain]\n# why\nchannel = "1.95.0"\n'), '1.95.0');
});

test('known causes of a failure come with what to do', () => {
  assert.match(advice('error: failed to download: Could not resolve host: index.crates.io'), /must be reachable/);
  assert.equal(advice('Compiling dns-lookup\nerror[E0308]: mismatched types'), '');
});

test('without cargo, set-up says so, says what to do, and fails', (t) => {
  const bin = temporaryFolder();
  symlinkSync(process.execPath, join(bin, 'node'));
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs')], {
    env: { PATH: bin },
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^set-up cannot go on: there is no `cargo` on PATH\. Install Rust: https:\/\/rustup\.rs\n$/);
});
