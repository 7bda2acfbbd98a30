// @ts-check
// One worker in a workerd of its own: the runtime and nothing else, so that the processor time of the process
// is the worker's. All workers are set up alike.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPATIBILITY_DATE } from './built.mjs';

export const WORKERD = createRequire(import.meta.url)('workerd').default;
const KV = readFileSync(new URL('kv.mjs', import.meta.url));
const LOG_LIMIT = 20_000;

// The temporary folder of each running process.
const running = new Map();
process.on('exit', () => {
  for (const [child, folder] of running) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

/**
 * Starts a worker: `{ pid, port, startMs, log(), end() }`. `modules` are contents by name, the main one first;
 * `variables` are texts and objects.
 *
 * @param {{ modules: Record<string, string | Uint8Array>, variables: Record<string, unknown> }} worker
 */
export async function startWorkerd({ modules, variables }) {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-bench-'));
  const files = { ...modules, 'kv.mjs': KV };
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(folder, name), contents);
  writeFileSync(join(folder, 'config.capnp'), configuration(Object.keys(modules), variables));
  const started = performance.now();
  const child = spawn(WORKERD, ['serve', '--control-fd=3', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  running.set(child, folder);
  let log = '';
  const keep = (/** @type {Buffer} */ data) => (log = (log + data).slice(-LOG_LIMIT));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = new Promise((resolve) => child.on('exit', resolve)).then(() => {
    running.delete(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const port = await Promise.race([
    listening(/** @type {import('node:stream').Readable} */ (child.stdio[3])),
    ended.then(() => Promise.reject(new Error(`workerd has ended: ${log}`))),
  ]);
  return {
    pid: child.pid,
    port,
    startMs: performance.now() - started,
    log: () => log,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * @param {import('node:stream').Readable} control
 * @returns {Promise<number>}
 */
function listening(control) {
  let text = '';
  return new Promise((resolve) => {
    control.on('data', (data) => {
      text += data;
      const line = text.split('\n').find((line) => line.includes('"listen"'));
      if (line) resolve(JSON.parse(line).port);
    });
  });
}

/** @param {string[]} modules @param {Record<string, unknown>} variables */
function configuration(modules, variables) {
  const quoted = (/** @type {string} */ text) => JSON.stringify(text);
  const module = (/** @type {string} */ name) =>
    `(name = ${quoted(name)}, ${name.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed ${quoted(name)})`;
  const content = (/** @type {unknown} */ value) =>
    typeof value === 'string' ? `text = ${quoted(value)}` : `json = ${quoted(JSON.stringify(value))}`;
  const variable = (/** @type {[string, unknown]} */ [name, value]) => `(name = ${quoted(name)}, ${content(value)})`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "kv", worker = .kv),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [${modules.map(module).join(', ')}],
  compatibilityDate = ${quoted(COMPATIBILITY_DATE)},
  globalOutbound = "loopback",
  bindings = [
    (name = "JWKS_CACHE", kvNamespace = "kv"),
    ${Object.entries(variables)
      .filter(([, value]) => value !== undefined)
      .map(variable)
      .join(',\n    ')}
  ],
);

const kv :Workerd.Worker = (
  modules = [(name = "kv.mjs", esModule = embed "kv.mjs")],
  compatibilityDate = ${quoted(COMPATIBILITY_DATE)},
);
`;
}
