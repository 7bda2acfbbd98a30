// Builds the worker: build/index.js and build/index_bg.wasm. worker-build drives cargo, wasm-bindgen,
// wasm-opt and esbuild; it would download the last three, so it is told where the installed ones are.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findTool, pathWithPackages, readCargoLock, root, toolsFor } from './tools.mjs';

const INPUTS = ['src', '.cargo', 'build.rs', 'Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'package-lock.json', 'scripts/build.mjs', 'scripts/tools.mjs'];
const OUTPUTS = ['index.js', 'index_bg.wasm'].map((name) => join(root, 'build', name));
const STAMP = join(root, 'build', '.inputs');

function build() {
  const stamp = fingerprint();
  if (OUTPUTS.every(existsSync) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) {
    return say('up to date');
  }
  const tools = toolsFor(readCargoLock()).map((tool) => findTool(tool));
  const packages = join(root, 'node_modules');
  if (tools.includes(undefined) || !existsSync(packages)) return fail('the tools are not there: run `npm run setup` first');
  const [workerBuild, wasmBindgen] = tools;
  const { status, error } = spawnSync(workerBuild, ['--release', '--locked'], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: pathWithPackages(),
      WASM_BINDGEN_BIN: wasmBindgen,
      WASM_OPT_BIN: join(packages, 'binaryen', 'bin', 'wasm-opt'),
      ESBUILD_BIN: join(packages, 'esbuild', 'bin', 'esbuild'),
    },
  });
  if (status !== 0) {
    // Left there, it would make the next build wait for one that it takes to be running.
    rmSync(join(root, 'build', '.tmp'), { recursive: true, force: true });
    return fail(error?.message ?? 'worker-build failed, see above');
  }
  writeFileSync(STAMP, stamp);
  say(OUTPUTS.map(size).join(', '));
}

/** Changes whenever a file or setting that goes into the worker does. The command line does not. */
function fingerprint() {
  const hash = createHash('sha256').update(`RUSTFLAGS=${process.env.RUSTFLAGS ?? ''}\n`);
  const inputs = INPUTS.flatMap((name) => files(join(root, name)));
  for (const file of inputs.filter((file) => !file.startsWith(join(root, 'src', 'bin'))).sort()) {
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

function fail(text) {
  console.error(`build: ${text}`);
  process.exitCode = 1;
}

build();
