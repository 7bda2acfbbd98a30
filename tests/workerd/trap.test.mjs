// An instance of the WebAssembly that has trapped is replaced by a new one.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startAll } from '../../testing/start-all.mjs';

// A worker whose entry traps if a request asks for it.
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

it('a request that a backend was answering ends all the same', async (t) => {
  const all = await startAll({
    main: TRAPPING,
    change: (config, { backend }) => ({
      ...config,
      routes: [
        { path: '/slow-headers/500', access: 'public' },
        { path: '/slow-headers/2000', access: 'public', upstream: 'slow' },
      ],
      upstreams: { ...config.upstreams, slow: { url: backend.url, timeout_ms: 500 } },
    }),
  });
  t.after(() => all.close());
  const get = (path, headers = {}) => fetch(all.worker.url + path, { headers });
  const [answered, failed] = ['/slow-headers/500', '/slow-headers/2000'].map((path) => get(path));
  assert.equal((await get('/', { 'x-trap': '1' })).status, 500);
  // The instance that has trapped is replaced: by this request, or by the report of one of the others.
  assert.equal((await get('/orders')).status, 401);
  assert.equal((await answered).status, 200);
  const refusal = await failed;
  assert.deepEqual([refusal.status, (await refusal.json()).code], [504, 'upstream_timeout']);
  // The slot of the request that came later is its own.
  const { path, code } = await all.worker.logged({ event: 'request' });
  assert.deepEqual([path, code], ['/orders', 'token_missing']);
  assert.equal(all.worker.logs.filter(({ event }) => event === 'request').length, 1);
});
