// Starts the whole simulation.
import { startBackend } from './backend.mjs';
import { startGateway } from './gateway.mjs';
import { startJtl } from './jtl.mjs';
import { together } from './together.mjs';

/**
 * Starts a gateway, a JTL platform and a backend on 127.0.0.1 and resolves when they listen: `{ gateway, jtl,
 * backend, close() }`. `ports` names a port for each, by default any free one; the gateway's further regions
 * take the ports after its own. `gateway`, `jtl` and `backend` are the options of their start functions.
 *
 * @param {{
 *   ports?: { gateway?: number, jtl?: number, backend?: number },
 *   gateway?: Parameters<typeof startGateway>[0],
 *   jtl?: Parameters<typeof startJtl>[0],
 *   backend?: Parameters<typeof startBackend>[0],
 * }} [options]
 */
export async function startSimulation({ ports = {}, gateway = {}, jtl = {}, backend = {} } = {}) {
  const parties = await together([
    startGateway({ port: ports.gateway, ...gateway }),
    startJtl({ port: ports.jtl, ...jtl }),
    startBackend({ port: ports.backend, ...backend }),
  ]);
  return {
    gateway: parties[0],
    jtl: parties[1],
    backend: parties[2],
    close: () => Promise.all(parties.map((party) => party.close())),
  };
}

export { HOSTILE, hostile, hostileNames } from './tokens.mjs';
export { KeyRing } from './keys.mjs';
export { startBackend, startGateway, startJtl };
