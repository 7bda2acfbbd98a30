// An instance of the WebAssembly that has trapped is replaced by a new one.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startAll } from './gateway.mjs';

// The worker whose entry traps where a request says so.
const TRAPPING = `
const Instance = WebAssembly.Instance;
let instances = 0;
WebAssembly.Instance = function (module, imports) {
  instances += 1;
  const { exports } = new Instance(module, imports);
  const fetch = (request, ...rest) => {
    if (request.headers.has('x-trap')) throw new WebAssembly.RuntimeError('unreachable');
    return exports.fetch(request, ...rest);
  };
  return { exports: { ...exports, fetch } };
};
const { default: worker } = await import('./index.js');
export default {
  ...worker,
  async fetch(request, env, context) {
    try {
      const { body, status } = await worker.fetch(request, env, context);
      return new Response(body, { status, headers: { 'x-instances': instances } });
    } catch {
      return new Response(null, { status: 500 });
    }
  },
};
`;

it('a trap costs its request and no other one', async (t) => {
  const all = await startAll({ main: TRAPPING });
  t.after(() => all.close());
  const token = await all.region.token({ audience: `${all.worker.url}/orders`, permissions: true });
  const send = (headers = {}) =>
    fetch(`${all.worker.url}/orders`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const instances = async () => {
    const { status, headers } = await send();
    assert.equal(status, 200);
    return headers.get('x-instances');
  };
  assert.equal(await instances(), '1');
  for (const expected of ['2', '3']) {
    assert.equal((await send({ 'x-trap': '1' })).status, 500);
    assert.equal(await instances(), expected);
  }
  assert.equal(await instances(), '3');
});
