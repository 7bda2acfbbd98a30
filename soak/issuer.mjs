// A process: the identity providers, as the simulation has them. What they publish is decided by
// whoever holds the keys, and outlives this process.
import { serveParent } from '../testing/child.mjs';
import { startGateway } from '../sim/gateway.mjs';
import { startJtl } from '../sim/jtl.mjs';
import { together } from '../sim/together.mjs';

/** @typedef {import('../sim/keys.mjs').KeyRing} KeyRing */

const published = {};
let sources;
let end;

serveParent({
  /** @param {{ ports?: { gateway?: number, jtl?: number }, sets?: object }} options */
  async start({ ports = {}, sets = {} }) {
    // Before anybody can ask for them.
    Object.assign(published, sets);
    const [gateway, jtl] = await together([
      startGateway({ regions: ['gcp-eu'], port: ports.gateway, keys: { 'gcp-eu': shown('mc') } }),
      startJtl({ port: ports.jtl, keys: { session: shown('jtl'), app: shown('login') } }),
    ]);
    const region = gateway.regions['gcp-eu'];
    sources = { mc: [region.endpoints, 'jwks'], jtl: [jtl.endpoints, 'jwks'], login: [jtl.endpoints, 'app-keys'] };
    end = () => Promise.all([gateway.close(), jtl.close()]);
    const port = (url) => Number(new URL(url).port);
    return { ports: { gateway: port(region.url), jtl: port(jtl.url) }, urls: { mc: region.url, jtl: jtl.url }, sets };
  },
  /** Publishes these sets, by source, from now on. */
  publish: (sets) => void Object.assign(published, sets),
  /** From now on every endpoint has this fault, or none. */
  fault: (mode) =>
    Object.values(sources).forEach(([endpoints]) => endpoints.names.forEach((name) => endpoints.set(name, mode))),
  /** By source, how often the set was asked for, and how often by someone who held it already. */
  counts: () =>
    Object.fromEntries(Object.entries(sources).map(([kind, [endpoints, name]]) => [kind, endpoints.counters[name]])),
  end: () => end(),
});

/** A ring of which only the public part is here. */
const shown = (kind) =>
  /** @type {KeyRing} */ (/** @type {unknown} */ ({ jwks: () => published[kind] ?? { keys: [] }, control: {} }));
