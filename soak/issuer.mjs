// A process: the identity providers of the simulation. The process that holds the keys decides what they
// publish; that outlives this process.
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
    // Set before anybody can ask for them.
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
  /** Sets the fault of every endpoint. */
  fault: (mode) =>
    Object.values(sources).forEach(([endpoints]) => endpoints.names.forEach((name) => endpoints.set(name, mode))),
  /** Returns, by source, how often the set was fetched, and how often by someone who already held it. */
  counts: () =>
    Object.fromEntries(Object.entries(sources).map(([kind, [endpoints, name]]) => [kind, endpoints.counters[name]])),
  end: () => end(),
});

/** Returns a ring that has only the public keys. */
const shown = (kind) =>
  /** @type {KeyRing} */ (/** @type {unknown} */ ({ jwks: () => published[kind] ?? { keys: [] }, control: {} }));
