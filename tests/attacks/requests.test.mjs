// Requests that no client library sends, byte by byte.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../testing/eventually.mjs';
import { RequestWriter } from '../../testing/attacks/request.mjs';
import { REQUESTS } from '../../testing/attacks/requests.mjs';
import { converse } from '../../testing/exchange.mjs';
import { attacksOf, codeOf, fieldsByName, startRig } from './rig.mjs';

const rig = await startRig();
const { worker, backend } = rig;
const { jtl: token } = await rig.good.jtl();
const attack = attacksOf('requests', rig);
const IDENTITY = {
  'x-verified-provider': 'jtl',
  'x-verified-user': 'user-1',
  'x-verified-tenant': 'tenant-1',
  'x-verified-tenant-slug': 'tenant-one',
};
const refusedByRuntime = new Set();

for (const { title, variants } of REQUESTS) {
  attack(title, async () => {
    for (const [name, make, expected] of variants)
      await tried(make, expected).catch((error) => Promise.reject(new Error(name, { cause: error })));
  });
}

it('no worker ran for what the runtime refused', async () => {
  const lines = await rig.logged();
  assert.deepEqual(
    lines.filter(({ path }) => refusedByRuntime.has(path)),
    [],
  );
  assert.ok(lines.some(({ code }) => code === 'path_ambiguous'));
  assert.ok(refusedByRuntime.size > 50);
});

/**
 * @param {import("../../testing/attacks/requests.mjs").Variant[1]} make
 * @param {import("../../testing/attacks/requests.mjs").Expected} expected
 */
async function tried(make, { by, answers, reaches, hangsUp, noise }) {
  backend.reset();
  const writer = new RequestWriter({ origin: worker.url, path: rig.path(), token });
  const bytes = make(writer);
  const hangUp = hangsUp && eventually(() => assert.equal(backend.requests.length, 1));
  const received = (await converse(worker.url, bytes, hangUp)).map(codeOf);
  assert.deepEqual(received, answers);
  if (by === 'the runtime') refusedByRuntime.add(writer.path);

  const value = (found) => (typeof found === 'function' ? found(writer) : found);
  const expected = reaches.map(({ url = writer.path, body = '', identity = IDENTITY, fields = {} }) => ({
    url: value(url),
    body: value(body),
    identity: identity || {},
    fields,
  }));
  assert.deepEqual(
    backend.requests.map((request, index) => summary(request, expected[index]?.fields ?? {})),
    expected,
  );
  assert.equal(
    backend.counters.bodyBytes > 0,
    expected.some(({ body }) => body !== ''),
  );

  if (noise) await rig.forget(noise);
  await rig.passes({ jtl: token });
}

/**
 * Returns what has arrived: the fields that are asked for, and each field that a backend could take for the
 * identity.
 */
function summary(request, wanted) {
  const { 'x-verified-expires': _, ...fields } = fieldsByName(request);
  const identity = Object.entries(fields).filter(([name]) => /^x.verified/.test(name));
  const others = Object.keys(wanted).map((name) => [name, fields[name]]);
  return {
    url: request.url,
    body: request.body.text ?? null,
    identity: Object.fromEntries(identity),
    fields: Object.fromEntries(others),
  };
}
