// Starts and connects everything that the demo needs.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { clientSecrets, standardConfig } from '../configuration.mjs';
import { startSimulation } from '../index.mjs';
import { either } from './either.mjs';
import { startWorker } from '../../testing/worker/wrangler.mjs';

/** How the worker caches keys here: briefly, so that nobody waits for what takes minutes in production. */
export const KEYS = { fresh_seconds: 3, stale_seconds: 90, cooldown_seconds: 1 };

// The last region is for a key set that the worker has never had.
const REGIONS = ['gcp-eu', 'aws-us', 'gcp-au'];

const PORTS = { worker: 8787, gateway: 8801, jtl: 8811, backend: 8821, playground: 8831 };
// Nobody listens there.
const NOBODY = 'http://127.0.0.1:1';
const STEP = 100;
const TRIES = 10;

/**
 * Starts the simulation and the worker in front of its backend: `{ worker, healthSecret, configuration,
 * gateway, jtl, backend, keyEndpoints, playgroundPort, signal, close() }`. The returned `signal` fires with the
 * given one, and when the worker ends by itself.
 */
export async function startStage(signal) {
  const { simulation, ports } = await startOnFreePorts();
  const { gateway, jtl, backend } = simulation;
  try {
    const healthSecret = randomBytes(16).toString('hex');
    const configuration = configure(ports.worker, simulation);
    const worker = await startWorker({
      port: ports.worker,
      configuration,
      secrets: { ...clientSecrets(jtl.settings.values), HEALTH_SECRET: healthSecret },
      signal,
    });
    const close = () => Promise.all([worker.stop(), simulation.close()]);
    const keyEndpoints = [...Object.values(gateway.regions), jtl].map(({ endpoints }) => endpoints);
    return {
      worker,
      healthSecret,
      configuration,
      gateway,
      jtl,
      backend,
      keyEndpoints,
      playgroundPort: ports.playground,
      signal: either(signal, worker.ended),
      close,
    };
  } catch (error) {
    await simulation.close();
    throw error;
  }
}

/** Starts on the usual ports. If one of them is taken, all move up by a hundred. */
async function startOnFreePorts() {
  for (let shift = 0; shift < TRIES * STEP; shift += STEP) {
    const ports = Object.fromEntries(Object.entries(PORTS).map(([party, port]) => [party, port + shift]));
    if (!(await isFree(ports.worker)) || !(await isFree(ports.playground))) continue;
    try {
      return { simulation: await startSimulation({ ports, gateway: { regions: REGIONS } }), ports };
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(
    `no free ports: ${TRIES} times one of ${Object.values(PORTS).join(', ')} or of those ${STEP}, ` +
      `${2 * STEP}, … further up was taken`,
  );
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function configure(port, simulation) {
  const standard = standardConfig(simulation);
  return {
    public_url: `http://127.0.0.1:${port}`,
    ...standard,
    health_secret_name: 'HEALTH_SECRET',
    unmatched: 'deny',
    routes: [
      ...['/', '/orders/*', '/items/*', '/refunds/*'].map((path) => ({ path })),
      { path: '/healthz', access: 'public' },
      { path: '/exports/*', methods: ['POST'], require: { permissions_all: ['canManageOrders'] } },
      { path: '/legacy/*', upstream: 'gone' },
    ],
    upstreams: { ...standard.upstreams, gone: { url: NOBODY } },
    keys: KEYS,
  };
}
