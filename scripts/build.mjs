// Builds the worker, build/index.js and build/index_bg.wasm. Cargo compiles it, wasm-bindgen writes its
// JavaScript, wasm-opt makes it small and fast, and esbuild puts the JavaScript into one file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findTool, pathWithPackages, readCargoLock, root, toolsFor } from './tools.mjs';
import { WASM_TARGET, optimise } from './wasm.mjs';

const INPUTS = [
  'src',
  '.cargo',
  'build.rs',
  'Cargo.toml',
  'Cargo.lock',
  'rust-toolchain.toml',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/tools.mjs',
  'scripts/wasm-names.mjs',
  'scripts/wasm-reader.mjs',
  'scripts/wasm.mjs',
  'scripts/wasm-names.mjs',
];
// Cargo features, for example `DRAWBRIDGE_FEATURES=plain-rsa npm test`.
const FEATURES = process.env.DRAWBRIDGE_FEATURES ?? '';
const FOLDER = join(root, 'build');
const OUTPUTS = ['index.js', 'index_bg.wasm'].map((name) => join(FOLDER, name));
const STAMP = join(FOLDER, '.inputs');

function build() {
  const stamp = fingerprint();
  if (OUTPUTS.every(existsSync) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) {
    return say('up to date');
  }
  const [wasmBindgen] = toolsFor(readCargoLock()).map((tool) => findTool(tool));
  if (wasmBindgen === undefined || !existsSync(join(root, 'node_modules')))
    throw new Error('the tools are not there: run `npm run setup` first');
  run('cargo', ['build', '--release', '--locked', '--lib', '--target', WASM_TARGET, '--features', FEATURES]);
  mkdirSync(FOLDER, { recursive: true });
  // Two builds at the same time write the same files, so each file is put in place in one step.
  const staging = mkdtempSync(join(FOLDER, '.staging-'));
  try {
    make(wasmBindgen, staging);
    for (const output of OUTPUTS) renameSync(join(staging, 'out', relative(FOLDER, output)), output);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  writeFileSync(STAMP, stamp);
  say(OUTPUTS.map(size).join(', '));
}

function make(wasmBindgen, staging) {
  // With the last two options, an instance that has trapped is replaced by a new one at the next call.
  run(wasmBindgen, [
    join(cargoTarget(), WASM_TARGET, 'release', 'drawbridge.wasm'),
    '--target',
    'module',
    '--out-dir',
    staging,
    '--out-name',
    'index',
    '--no-typescript',
    '--experimental-reset-state-function',
    '--force-enable-abort-handler',
  ]);
  mkdirSync(join(staging, 'out'));
  optimise(join(staging, 'index_bg.wasm'), join(staging, 'out', 'index_bg.wasm'));
  const bundle = join(staging, 'out', 'index.js');
  run('esbuild', [
    join(root, 'src', 'edge', 'entry.js'),
    '--bundle',
    '--minify',
    '--format=esm',
    `--alias:wasm=${join(staging, 'index.js')}`,
    '--external:./index_bg.wasm',
    '--external:cloudflare:*',
    '--log-level=warning',
    '--log-override:duplicate-object-key=silent',
    `--outfile=${bundle}`,
  ]);
  // Neither workerd nor wrangler knows imports in the source phase. A plain import of WebAssembly gives the
  // module.
  writeFileSync(bundle, readFileSync(bundle, 'utf8').replace('import source ', 'import '));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: pathWithPackages() },
  });
  if (status !== 0) throw new Error(error?.message ?? `${command} failed, see above`);
}

/** Returns where cargo puts what it compiles, which can be set in many ways. */
function cargoTarget() {
  const { stdout } = spawnSync('cargo', ['metadata', '--format-version=1', '--no-deps', '--offline'], {
    cwd: root,
    encoding: 'utf8',
  });
  return JSON.parse(stdout).target_directory;
}

/** A hash of every file and setting that goes into the worker. */
function fingerprint() {
  const hash = createHash('sha256').update(`RUSTFLAGS=${process.env.RUSTFLAGS ?? ''} features=${FEATURES}\n`);
  for (const file of INPUTS.flatMap((name) => files(join(root, name))).sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function files(path) {
  if (!existsSync(path)) return [];
  return statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => files(join(path, name))) : [path];
}

function size(file) {
  const content = readFileSync(file);
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  return `${relative(root, file)} ${kib(content.length)} (${kib(gzipSync(content).length)} compressed)`;
}

const say = (text) => console.log(`build: ${text}`);

try {
  build();
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
