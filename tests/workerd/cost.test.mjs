// The countable costs of a verified request: calls between WebAssembly and JavaScript, which are expensive, and
// bytes. A change of a number here changes the cost of every request; `npm run bench` says by how much.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startAll } from '../../testing/start-all.mjs';
import { builtModules } from '../../testing/worker/built.mjs';

const COMPRESSED_LIMIT = 400 * 1024;
const COUNTS = '/counted';

// The worker, with a count of every function that WebAssembly and JavaScript call of one another.
const COUNTING = `
const Instance = WebAssembly.Instance;
let counts = { imports: {}, exports: {} };
const counted = (functions, direction) => Object.fromEntries(Object.entries(functions).map(([name, value]) => [
  name,
  typeof value !== 'function' ? value : (...args) => {
    counts[direction][name] = (counts[direction][name] ?? 0) + 1;
    return value(...args);
  },
]));
WebAssembly.Instance = function (module, imports) {
  const wrapped = Object.fromEntries(
    Object.entries(imports).map(([from, functions]) => [from, counted(functions, 'imports')]),
  );
  return { exports: counted(new Instance(module, wrapped).exports, 'exports') };
};
const { default: worker } = await import('./index.js');
export default {
  ...worker,
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== '${COUNTS}') return worker.fetch(request, env, context);
    const answer = Response.json(counts);
    counts = { imports: {}, exports: {} };
    return answer;
  },
};
`;

// The names of wasm-bindgen, without the part that changes with each build.
const plain = (counts) =>
  Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name.replace(/^__wbg_/, '').replace(/_[0-9a-f]{16}$/, ''), count]),
  );

/** The calls of one request with a remembered token, by a worker with this share of requests in its log. */
async function callsFor(t, share, services = {}) {
  const all = await startAll({
    main: COUNTING,
    services,
    change: (config) => ({ ...config, log: { allowed_sample: share } }),
  });
  t.after(all.close);
  const taken = async () => {
    const { imports, exports } = await (await fetch(all.worker.url + COUNTS)).json();
    return { imports: plain(imports), exports: plain(exports) };
  };
  const token = await all.region.token({ audience: `${all.worker.url}/orders`, permissions: true });
  const send = async () =>
    assert.equal(
      (await fetch(`${all.worker.url}/orders`, { headers: { authorization: `Bearer ${token}` } })).status,
      200,
    );
  // The second request lets the token be remembered, the third one finds it.
  for (let i = 0; i < 3; i += 1) await send();
  // What the first request has left to be done comes later, and ends with this line.
  await all.worker.logged({ event: 'keys_refreshed' });
  await taken();
  await send();
  return taken();
}

describe('a verified request crosses between WebAssembly and JavaScript no more often than this', () => {
  it('if it is neither logged nor measured', async (t) => {
    assert.deepEqual(await callsFor(t, 0), {
      imports: { writeHead: 1, now: 1, forward: 1 },
      exports: { fetch: 1 },
    });
  });

  it('if it is logged', async (t) => {
    assert.deepEqual(await callsFor(t, 1), {
      imports: { writeHead: 1, now: 2, forward: 1, log: 1 },
      exports: { fetch: 1, ended: 1 },
    });
  });

  it('if it is measured', async (t) => {
    const dataset = { METRICS: { type: 'analytics-engine-dataset', name: 'drawbridge' } };
    assert.deepEqual(await callsFor(t, 0, dataset), {
      imports: { writeHead: 1, now: 2, forward: 1, parse: 1, writeDataPoint: 1 },
      exports: { fetch: 1, ended: 1 },
    });
  });
});

describe('the worker', () => {
  it('is small', () => {
    const sizes = Object.values(builtModules()).map((content) => gzipSync(content).length);
    const compressed = sizes.reduce((a, b) => a + b);
    assert.ok(compressed <= COMPRESSED_LIMIT, `${compressed} bytes compressed`);
  });
});
