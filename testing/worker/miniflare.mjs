// @ts-check
// Workers under the real runtime, workerd, by way of Miniflare.
import assert from 'node:assert/strict';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { eventually } from '../eventually.mjs';
import { builtModules, COMPATIBILITY_DATE } from './built.mjs';

/**
 * A worker to run. `modules` are contents by name, the main one first. `env` are bindings in Miniflare's form.
 * With `port`, the worker has a socket of its own, since Miniflare's front door would change requests before
 * the worker sees them.
 *
 * @typedef {{
 *   name: string,
 *   modules: Record<string, string | Buffer>,
 *   env?: Record<string, object>,
 *   port?: number,
 * }} Spec
 *
 * A line of the log: its members, or the text of a line that is no JSON.
 *
 * @typedef {{ level: string, event?: string, text?: string, [member: string]: any }} LogLine
 *
 * @typedef {Awaited<ReturnType<typeof startWorker>>} Worker
 */

export const KV = { type: 'kv', id: 'jwks' };

/** Returns the binding of a variable or a secret. */
export const variable = (/** @type {unknown} */ value) => ({
  type: typeof value === 'string' ? 'text' : 'json',
  value,
});

/** Returns a binding to another worker of the same process. */
export const toWorker = (/** @type {string} */ name) => ({ type: 'worker', worker: name });

/**
 * Runs workers in one process. `keep` receives each line of their logs; `persist` names a directory where their
 * KV outlives them.
 *
 * @param {{ workers: Spec[], keep: (line: LogLine) => void, persist?: string }} options
 */
export async function launch({ workers, keep, persist }) {
  const options = /** @type {any} */ ({
    cf: false,
    enableDevRegistry: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    telemetry: { enabled: false },
    resourcePersistencePath: persist,
    handleStructuredLogs: (/** @type {{ level: string, message: string }} */ { level, message }) =>
      keep(parse(level, message)),
    workers: workers.map(configurationOf),
  });
  const miniflare = new Miniflare(options);
  await miniflare.ready;
  return {
    /** Returns the origin of a worker's own socket. */
    urlOf: async (/** @type {string} */ name) => (await miniflare.unsafeGetDirectURL(name)).origin,
    kv: () => miniflare.getKVNamespace('JWKS_CACHE'),
    /** Fires the cron trigger of the first worker. */
    cron: async () => /** @type {any} */ (await miniflare.getWorker()).scheduled({ cron: '*/5 * * * *' }),
    /** Replaces the isolates; KV stays. */
    restart: async () => {
      await miniflare.setOptions(options);
      await miniflare.ready;
    },
    dispose: () => miniflare.dispose(),
  };
}

/** @param {Spec} spec */
function configurationOf({ name, modules, env, port }) {
  const contents = Object.entries(modules).map(([file, content]) => [
    file,
    file.endsWith('.wasm')
      ? { type: 'wasm', contents: new Uint8Array(/** @type {Buffer} */ (content)) }
      : { type: 'esm', contents: content.toString() },
  ]);
  const [mainModule] = Object.keys(modules);
  return {
    config: {
      name,
      compatibilityDate: COMPATIBILITY_DATE,
      manifest: { mainModule, modules: Object.fromEntries(contents) },
      env,
    },
    ...(port !== undefined && { dev: { unsafeDirectSockets: [{ port }] } }),
  };
}

/**
 * @param {string} level
 * @param {string} message
 * @returns {LogLine}
 */
function parse(level, message) {
  try {
    return { level, ...JSON.parse(message) };
  } catch {
    return { level, text: message };
  }
}

/**
 * Starts the built worker: `{ url, logs, logged(), kv, cron(), restart(), dispose() }`.
 * `config` is the variable DRAWBRIDGE, an object or a string; `bindings` are further variables and secrets.
 * `kv: false` leaves the namespace out; `persist` names a directory where it outlives the worker. `main` is an
 * ES module that runs instead of index.js and may import it. `services` are bound under their names: ES
 * modules, or services of the runtime in Miniflare's form. `keep` receives each line of the log; by default it
 * is added to `logs`. `handle: false` leaves `kv` out of the result: Miniflare blocks this process until the
 * runtime has answered, which never happens if the runtime waits until somebody reads its log.
 *
 * @typedef {{
 *   config?: any,
 *   bindings?: Record<string, unknown>,
 *   kv?: boolean,
 *   persist?: string,
 *   main?: string,
 *   services?: Record<string, string | object>,
 *   port?: number,
 *   keep?: (line: LogLine) => void,
 *   handle?: boolean,
 * }} Options
 *
 * @param {Options} options
 */
export async function startWorker(options) {
  const { kv = true, handle = true } = options;
  /** @type {LogLine[]} */
  const logs = [];
  const launched = await launch({
    persist: options.persist,
    keep: options.keep ?? ((line) => logs.push(line)),
    workers: specsOf(options),
  });

  const worker = {
    logs,
    url: '',
    /** @type {any} */
    kv: undefined,

    /**
     * Returns the first log line with these members. It waits for the line, which comes through a pipe.
     *
     * @param {Record<string, unknown>} members
     * @returns {Promise<LogLine>}
     */
    logged: (members) =>
      eventually(
        () =>
          logs.find((line) => Object.entries(members).every(([name, value]) => line[name] === value)) ??
          assert.fail(`no log line with ${JSON.stringify(members)} in ${JSON.stringify(logs)}`),
      ),

    cron: launched.cron,

    /** Replaces the isolate; KV stays. */
    restart: async () => {
      await launched.restart();
      await find();
    },

    /** Ends the worker. All lines that were written must be lines of its own; an uncaught error is not. */
    dispose: async () => {
      await launched.dispose();
      assert.deepEqual(
        logs.filter((line) => line.event === undefined),
        [],
      );
    },
  };

  async function find() {
    worker.url = await launched.urlOf('drawbridge');
    worker.kv = kv && handle ? await launched.kv() : undefined;
  }

  await find();
  return worker;
}

/**
 * Describes the built worker, and the workers that are bound to it.
 *
 * @param {Options} options
 * @returns {Spec[]}
 */
function specsOf({ config, bindings = {}, kv = true, main, services = {}, port = 0 }) {
  const variables = Object.entries({ DRAWBRIDGE: config, ...bindings }).filter(([, value]) => value !== undefined);
  const bound = Object.entries(services);
  const nameOf = (/** @type {string} */ binding) => binding.toLowerCase();
  return [
    {
      name: 'drawbridge',
      modules: { ...(main && { 'main.js': main }), ...builtModules() },
      port,
      env: {
        ...Object.fromEntries(variables.map(([name, value]) => [name, variable(value)])),
        ...(kv && { JWKS_CACHE: KV }),
        ...Object.fromEntries(
          bound.map(([binding, service]) => [
            binding,
            typeof service === 'string' ? toWorker(nameOf(binding)) : service,
          ]),
        ),
      },
    },
    ...bound.flatMap(([binding, source]) =>
      typeof source === 'string' ? { name: nameOf(binding), modules: { 'main.js': source } } : [],
    ),
  ];
}
