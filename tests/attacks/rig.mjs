// The target of the attacks: a worker with one provider of each kind, in front of the simulated backend.
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { compact } from '../../sim/compact.mjs';
import { codeOf, send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { SECTIONS } from './catalogue.mjs';
import { configure, fieldsOf, LOGIN, ORIGIN_SECRET } from '../../testing/attacks/configuration.mjs';

export { codeOf };
const LIFETIME = 3600;

/**
 * Starts the rig. `change` alters the configuration. A credential is `{ mc }`, `{ jtl }` or `{ login }` with a
 * token. `good.mc(path, changes)` and its like make valid ones.
 *
 * @typedef {import('../../testing/attacks/configuration.mjs').Credential} Credential
 * @typedef {import('../../testing/exchange.mjs').Sent} Sent
 *
 * @param {Parameters<typeof startAll>[0]} [options]
 */
export async function startRig({ change = (config) => config, simulation, ...rest } = {}) {
  const all = await startAll({
    change: (config, sim) => change(configure(config, sim), sim),
    simulation: {
      gateway: { regions: ['gcp-eu'], settings: { tokenLifetime: LIFETIME } },
      jtl: { settings: { sessionLifetime: LIFETIME, appLifetime: LIFETIME, appIssuer: LOGIN } },
      ...simulation,
    },
    bindings: { ORIGIN_SECRET },
    ...rest,
  });
  const { worker } = all;
  const { good, signed, signer } = credentialsFor(all);
  let count = 0;

  /** Returns a new path for each attack, which identifies its log line and its arrival at the backend. */
  const newPath = () => `/attack/${(count += 1)}`;

  const { sendWith, refused, passes } = exchangesWith(all, newPath);

  /** Expects that a good request of each kind is still served, under its own identity. */
  async function stillServes() {
    for (const [kind, make] of Object.entries(good)) {
      const path = newPath();
      const { url, fields } = await passes(await make(path), { path });
      assert.deepEqual([url, fields['x-verified-provider'], fields['x-verified-user']], [path, kind, 'user-1']);
    }
  }

  /**
   * Returns everything that was logged so far. Lines come through one pipe, so all are there once the last one
   * is.
   */
  async function logged() {
    const path = newPath();
    await refused('token_missing', {}, { path });
    await worker.logged({ path });
    return worker.logs;
  }

  /**
   * Removes lines that the runtime itself has written, so that closing does not count them as faults of the
   * worker.
   */
  async function forget(pattern) {
    const lines = await logged();
    lines.splice(0, lines.length, ...lines.filter(({ text }) => text === undefined || !pattern.test(text)));
  }

  // Opens the backend's first connection and fetches every key.
  await stillServes();
  return { ...all, path: newPath, good, signed, signer, send: sendWith, refused, passes, stillServes, logged, forget };
}

/**
 * Returns ways to start the rig's worker with another configuration.
 *
 * @param {Awaited<ReturnType<typeof startRig>>} rig
 */
export function variationsOf({ options, backend }) {
  /** Starts the worker, which is stopped in the end. `change` may alter a copy of the configuration. */
  async function startOther(change, bindings = {}) {
    const config = structuredClone(options.config);
    const other = await startWorker({
      ...options,
      config: change(config) ?? config,
      bindings: { ...options.bindings, ...bindings },
    });
    after(other.dispose);
    return other;
  }

  /** Expects that a configuration serves nobody, and returns its faults. */
  async function faultsOf(change, bindings) {
    const other = await startOther(change, bindings);
    backend.reset();
    assert.equal(codeOf(await send(other.url, '/open/x')), 'misconfigured');
    assert.equal(backend.counters.connections, 0);
    return /** @type {any} */ (await other.logged({ event: 'misconfigured' })).faults;
  }

  return { startOther, faultsOf };
}

/**
 * Returns the ways of sending a credential, with what is expected of each.
 *
 * @param {import('../../testing/start-all.mjs').All} all
 * @param {() => string} newPath
 */
function exchangesWith({ worker, backend }, newPath) {
  /**
   * Sends a credential, and other headers beside it.
   *
   * @typedef {{ method?: string, headers?: (readonly unknown[])[], body?: string | Buffer }} Rest
   *
   * @param {string} path
   * @param {Credential} credential
   * @param {Rest} [request]
   */
  function sendWith(path, credential, { headers = [], ...request } = {}) {
    return send(worker.url, path, { ...request, headers: [...fieldsOf(credential), ...headers] });
  }

  /**
   * Sends a credential and expects this refusal, and silence at the backend. Returns the answer.
   *
   * @param {string | number} code
   * @param {Credential} credential
   * @param {Rest & { path?: string }} [request]
   */
  async function refused(code, credential, { path = newPath(), ...request } = {}) {
    backend.reset();
    const answer = await sendWith(path, credential, request);
    assert.equal(codeOf(answer), code, answer.body.toString());
    assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
    return answer;
  }

  /**
   * Sends a credential and expects it to arrive. Returns what the backend saw: `{ method, url, headers, body,
   * fields }`.
   *
   * @param {Credential} credential
   * @param {Rest & { path?: string }} [request]
   */
  async function passes(credential, { path = newPath(), ...request } = {}) {
    backend.reset();
    const answer = await sendWith(path, credential, request);
    assert.equal(codeOf(answer), 200, answer.body.toString());
    assert.equal(backend.requests.length, 1);
    const [arrived] = backend.requests;
    return { ...arrived, fields: fieldsByName(arrived) };
  }

  return { sendWith, refused, passes };
}

/**
 * Returns the makers of credentials: `good` ones, any content that is `signed` by the right key, and the
 * `signer` of each kind.
 *
 * @param {import('../../testing/start-all.mjs').All} all
 */
function credentialsFor({ worker, region, jtl }) {
  const good = {
    /** @param {string} path @param {Partial<Parameters<typeof region.token>[0]>} [changes] */
    mc: async (path, changes) => ({ mc: await region.token({ audience: worker.url + path, ...changes }) }),
    /** @param {string} [_] @param {Parameters<typeof jtl.sessionToken>[0]} [changes] */
    jtl: async (_, changes) => ({ jtl: await jtl.sessionToken(changes) }),
    /** @param {string} [_] @param {Parameters<typeof jtl.appToken>[0]} [changes] */
    login: async (_, changes) => ({ login: await jtl.appToken(changes) }),
  };

  const rings = { mc: region.keys, jtl: jtl.sessionKeys, login: jtl.appKeys };
  const claims = {
    mc: (path) => region.claims({ audience: worker.url + path }),
    jtl: jtl.sessionClaims,
    login: jtl.appClaims,
  };
  /**
   * Makes a credential of any content that the right key has signed. `change(claims, header)` returns texts or
   * objects.
   *
   * @param {keyof Credential} kind
   * @param {string} path
   * @param {(claims: any, header: any) => unknown[]} change
   * @returns {Credential}
   */
  function signed(kind, path, change) {
    const key = rings[kind].signer;
    const [payload, header] = change(claims[kind](path), { alg: key.alg, kid: key.kid });
    return { [kind]: compact(key, header ?? { alg: key.alg, kid: key.kid }, payload) };
  }

  const signer = (kind) => rings[kind].signer;

  return { good, signed, signer };
}

/**
 * Returns fields by lower-case name, with the values of one name in one list. Fields from which a backend takes
 * one value must be there once.
 */
export function fieldsByName({ headers }) {
  const fields = {};
  for (const [name, value] of headers.map(([name, value]) => [name.toLowerCase(), value])) {
    assert.ok(
      !Object.hasOwn(fields, name) || !/^(host|content-length|transfer-encoding|x.verified.*)$/.test(name),
      `${name} arrived twice`,
    );
    fields[name] = Object.hasOwn(fields, name) ? `${fields[name]}, ${value}` : value;
  }
  return fields;
}

/**
 * Declares the attacks of a section of the catalogue: `attack(title, async () => …)`. After each attack a good
 * request must be served. In the end no attack of the section may be left.
 */
export function attacksOf(section, rig) {
  const left = new Set(SECTIONS[section].map(({ title }) => title));
  after(async () => {
    await rig.close();
    assert.deepEqual([...left], [], 'attacks without a test');
  });
  return (title, make) => {
    assert.ok(left.delete(title), `the catalogue has no ${title}`);
    it(title, async () => {
      await make();
      await rig.stillServes();
    });
  };
}
