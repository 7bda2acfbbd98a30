// @ts-check
// The simulation, and the worker in front of its backend.
import { clientSecrets, standardConfig } from '../sim/configuration.mjs';
import { startSimulation } from '../sim/index.mjs';
import { startWorker } from './worker/miniflare.mjs';

/**
 * @typedef {Awaited<ReturnType<typeof startSimulation>>} Simulation
 * @typedef {Awaited<ReturnType<typeof startAll>>} All
 */

/**
 * Starts the simulation and the worker: `{ gateway, region, jtl, backend, worker, options, close() }`.
 * `simulation` and the remaining options are those of the two. `change` may alter the configuration, and
 * `bindings` may be made from it. `options` start another worker like this one.
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
  const more = typeof bindings === 'function' ? bindings(config) : bindings;
  const secrets = clientSecrets(/** @type {any} */ (jtl.settings.values));
  /** @type {Parameters<typeof startWorker>[0]} */
  const options = { config: change(config, sim), bindings: { ...secrets, ...more }, ...rest };
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
