// What attacks are tried on: a worker with one provider of each kind, in front of the simulated backend.
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { compact } from '../../sim/compact.mjs';
import { codeOf, send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { SECTIONS } from './catalogue.mjs';
import { configure, fieldsOf, LOGIN, ORIGIN_SECRET } from '../../testing/attacks/configuration.mjs';

export { codeOf };
const LIFETIME = 3600;

/**
 * Starts it. `change` alters the configuration. A credential is `{ mc }`, `{ jtl }` or `{ login }`
 * with a token; `good.mc(path, changes)` and the like make valid ones.
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
  const { worker, backend, region, jtl } = all;
  let count = 0;

  /** A path of its own for each attack, by which its log line and its way to the backend are found. */
  const newPath = () => `/attack/${(count += 1)}`;

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
   * A credential that the right key has signed, whatever stands in it: `change(claims, header)` returns texts
   * or objects.
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

  /**
   * Sends a credential, and headers beside it.
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
   * Sends it and expects this refusal, and silence at the backend. Returns the answer.
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
   * Sends it and expects it to arrive. Returns what the backend saw: `{ method, url, headers, body, fields }`.
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

  /** A good request of each kind is still served, as itself. */
  async function stillServes() {
    for (const [kind, make] of Object.entries(good)) {
      const path = newPath();
      const { url, fields } = await passes(await make(path), { path });
      assert.deepEqual([url, fields['x-verified-provider'], fields['x-verified-user']], [path, kind, 'user-1']);
    }
  }

  /** Everything that was logged so far: lines come by way of one pipe, so that after this last one all are there. */
  async function logged() {
    const path = newPath();
    await refused('token_missing', {}, { path });
    await worker.logged({ path });
    return worker.logs;
  }

  /** Removes what the runtime itself has written, so that closing does not take it for a fault of the worker's. */
  async function forget(pattern) {
    const lines = await logged();
    lines.splice(0, lines.length, ...lines.filter(({ text }) => text === undefined || !pattern.test(text)));
  }

  // The backend's first connection, and every key.
  await stillServes();
  return { ...all, path: newPath, good, signed, signer, send: sendWith, refused, passes, stillServes, logged, forget };
}

/** Fields by lower-case name, the values of one name in one list. What a backend takes one value from is there once. */
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
 * Declares the attacks of a section of the catalogue: `attack(title, async () => …)`. After each of
 * them a good request must be served, and in the end none of the section may be left out.
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
