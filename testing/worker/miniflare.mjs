// The worker as it is deployed, under the real runtime: workerd, by way of Miniflare.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { startSimulation } from '../../sim/index.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url));
const [, COMPATIBILITY_DATE] = /^compatibility_date = "(.*)"$/m.exec(read('wrangler.toml').toString());

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */

/**
 * Starts a worker: `{ url, logs, logged(), kv, cron(), restart(), dispose() }`.
 * `config` is the variable DRAWBRIDGE, an object or a string; `bindings` are further variables and
 * secrets. `kv: false` leaves the namespace out, `persist` names a directory where it outlives the
 * worker. `main` is an ES module to run instead of build/index.js, which it may import. `services` are
 * what is bound, by the name of the binding: ES modules, or services of the runtime's own as Miniflare
 * describes them. `keep` gets each line of the log, by default to add it to `logs`.
 * `handle: false` leaves `kv` out of the result: to make it, Miniflare stops this process until the runtime
 * has answered, which is for ever where that waits until somebody reads its log.
 *
 * @param {{
 *   config?: any,
 *   bindings?: Record<string, unknown>,
 *   kv?: boolean,
 *   persist?: string,
 *   main?: string,
 *   services?: Record<string, string | object>,
 *   port?: number,
 *   keep?: (line: LogLine) => void,
 *   handle?: boolean,
 * }} options
 */
export async function startWorker({
  config,
  bindings = {},
  kv = true,
  persist,
  main,
  services = {},
  port = 0,
  keep,
  handle = true,
}) {
  /** @type {LogLine[]} */
  const logs = [];
  keep ??= (line) => logs.push(line);
  const esm = (contents) => ({ type: 'esm', contents: contents.toString() });
  const modules = {
    'index.js': esm(read('build/index.js')),
    'index_bg.wasm': { type: 'wasm', contents: new Uint8Array(read('build/index_bg.wasm')) },
    ...(main && { 'main.js': esm(main) }),
  };
  const variables = Object.entries({ DRAWBRIDGE: config, ...bindings }).filter(([, value]) => value !== undefined);
  const env = Object.fromEntries(
    variables.map(([name, value]) => [name, { type: typeof value === 'string' ? 'text' : 'json', value }]),
  );
  const isModule = ([, service]) => typeof service === 'string';
  const bound = Object.entries(services)
    .filter(isModule)
    .map(([binding, source]) => ({ binding, name: binding.toLowerCase(), source }));
  const options = {
    cf: false,
    enableDevRegistry: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    telemetry: { enabled: false },
    resourcePersistencePath: persist,
    handleStructuredLogs: ({ level, message }) => keep(parse(level, message)),
    workers: [
      {
        config: {
          name: 'drawbridge',
          compatibilityDate: COMPATIBILITY_DATE,
          manifest: { mainModule: main ? 'main.js' : 'index.js', modules },
          env: {
            ...env,
            ...(kv && { JWKS_CACHE: { type: 'kv', id: 'jwks' } }),
            ...Object.fromEntries(Object.entries(services).filter((service) => !isModule(service))),
            ...Object.fromEntries(bound.map(({ binding, name }) => [binding, { type: 'worker', worker: name }])),
          },
        },
        // A socket of its own: Miniflare's front door would change requests before the worker sees them.
        dev: { unsafeDirectSockets: [{ port }] },
      },
      ...bound.map(({ name, source }) => ({
        config: {
          name,
          compatibilityDate: COMPATIBILITY_DATE,
          manifest: { mainModule: 'main.js', modules: { 'main.js': esm(source) } },
        },
      })),
    ],
  };
  const miniflare = new Miniflare(options);

  const worker = {
    logs,
    url: '',
    kv: undefined,

    /** The first log line with these members; waits for it, since lines come by way of a pipe. */
    logged: async (members) => {
      const fits = (line) => Object.entries(members).every(([name, value]) => line[name] === value);
      for (let left = 200; left > 0 && !logs.some(fits); left -= 1) await sleep(25);
      return logs.find(fits) ?? assert.fail(`no log line with ${JSON.stringify(members)} in ${JSON.stringify(logs)}`);
    },

    /** Lets the cron trigger fire. */
    cron: async () => {
      const worker = /** @type {any} */ (await miniflare.getWorker());
      return worker.scheduled({ cron: '*/5 * * * *' });
    },

    /** A new isolate with the same KV. */
    restart: async () => {
      await miniflare.setOptions(options);
      await listening();
    },

    /** Ends it. Whatever it wrote must have been lines of its own: an uncaught error is none. */
    dispose: async () => {
      await miniflare.dispose();
      assert.deepEqual(
        logs.filter((line) => line.event === undefined),
        [],
      );
    },
  };

  async function listening() {
    await miniflare.ready;
    worker.url = (await miniflare.unsafeGetDirectURL()).origin;
    worker.kv = kv && handle ? await miniflare.getKVNamespace('JWKS_CACHE') : undefined;
  }

  await listening();
  return worker;
}

/**
 * A line of the log: its members, or the text of a line that is no JSON.
 *
 * @typedef {{ level: string, event?: string, text?: string, [member: string]: any }} LogLine
 */

/** @returns {LogLine} */
function parse(level, message) {
  try {
    return { level, ...JSON.parse(message) };
  } catch {
    return { level, text: message };
  }
}

/** One provider for the gateway's regions and one for JTL's session tokens, in front of the backend. */
export const standardConfig = ({ gateway, jtl, backend }) => ({
  providers: [
    { name: 'mc', kind: 'merchant-center', regions: Object.values(gateway.regions).map(({ url }) => url) },
    {
      name: 'jtl',
      kind: 'jtl-session',
      api_url: jtl.url,
      auth_url: jtl.url,
      client_id_secret_name: 'JTL_CLIENT_ID',
      client_secret_secret_name: 'JTL_CLIENT_SECRET',
    },
  ],
  upstreams: { origin: { url: backend.url } },
});

/**
 * @typedef {Awaited<ReturnType<typeof startSimulation>>} Simulation
 * @typedef {Awaited<ReturnType<typeof startAll>>} All
 */

/**
 * Starts a simulation and a worker in front of its backend: `{ gateway, region, jtl, backend, worker,
 * options, close() }`. `simulation` and the rest are what the two take. `change` may alter the
 * configuration, `bindings` may be made from it; `options` start another worker like this one.
 *
 * @param {{
 *   change?: (config: any, simulation: Simulation) => any,
 *   simulation?: Parameters<typeof startSimulation>[0],
 *   bindings?: Record<string, unknown> | ((config: any) => Record<string, unknown>),
 * } & Omit<Parameters<typeof startWorker>[0], 'config' | 'bindings'>} [options]
 */
export async function startAll({ change = (config) => config, simulation = {}, bindings = {}, ...rest } = {}) {
  const sim = await startSimulation(simulation);
  const { gateway, jtl, backend } = sim;
  const config = standardConfig(sim);
  const { clientId: JTL_CLIENT_ID, clientSecret: JTL_CLIENT_SECRET } = jtl.settings.values;
  const more = typeof bindings === 'function' ? bindings(config) : bindings;
  /** @type {Parameters<typeof startWorker>[0]} */
  const options = { config: change(config, sim), bindings: { JTL_CLIENT_ID, JTL_CLIENT_SECRET, ...more }, ...rest };
  const worker = await startWorker(options);
  return {
    gateway,
    jtl,
    backend,
    worker,
    options,
    region: Object.values(gateway.regions)[0],
    close: async () => {
      await sim.close();
      await worker.dispose();
    },
  };
}
