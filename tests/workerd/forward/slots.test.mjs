// What is kept of a request while a backend answers it: it is gone when the request has ended, however it
// has ended. Each request here has a URL of some KiB, so that memory that was not freed would be seen.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, it } from 'node:test';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';

const SIZE = '/size';
const QUERY = `?${'x'.repeat(8_000)}`;
const REQUESTS = 1_000;
// What all requests of one round would leave behind is more than four times as much.
const BOUND_BYTES = 2_000_000;
// Of the shell: how long an end is waited for after a backend's time limit.
const GRACE_MILLIS = 10_000;

// The worker with a page that tells how much memory WebAssembly has.
const SIZED = `
const Instance = WebAssembly.Instance;
let memory;
WebAssembly.Instance = function (module, imports) {
  const { exports } = new Instance(module, imports);
  memory = exports.memory;
  return { exports };
};
const { default: worker } = await import('./index.js');
export default {
  ...worker,
  fetch: (request, env, context) =>
    new URL(request.url).pathname === '${SIZE}'
      ? new Response(memory.buffer.byteLength)
      : worker.fetch(request, env, context),
};
`;

const all = await startAll({
  main: SIZED,
  change: (config, { backend }) => ({
    ...config,
    log: { allowed_sample: 0 },
    routes: [
      { path: '/open', access: 'public' },
      { path: '/never', access: 'public', upstream: 'silent' },
      { path: '/closed', access: 'public', upstream: 'closed' },
    ],
    upstreams: {
      ...config.upstreams,
      silent: { url: backend.url, timeout_ms: 100 },
      closed: { url: 'http://127.0.0.1:1' },
    },
  }),
});
after(all.close);

const size = async () => Number((await send(all.worker.url, SIZE)).body);

/** Makes as many requests, some at a time. */
async function round(request, atOnce = 20) {
  for (let left = REQUESTS; left > 0; left -= atOnce) await Promise.all(Array.from({ length: atOnce }, request));
}

/** By how many bytes memory grows when the same is done once more. */
async function growth(request, pause = 0) {
  await round(request);
  await sleep(pause);
  const before = await size();
  await round(request);
  return (await size()) - before;
}

const status = async (path) => (await send(all.worker.url, path + QUERY)).status;

describe('nothing is left of requests', () => {
  it('that were allowed and not logged', async () => {
    const grown = await growth(async () => assert.equal(await status('/open'), 200));
    assert.ok(grown < BOUND_BYTES, `it grew by ${grown} bytes`);
  });

  it('whose backend cannot be reached', async () => {
    const grown = await growth(async () => assert.equal(await status('/closed'), 502));
    assert.ok(grown < BOUND_BYTES, `it grew by ${grown} bytes`);
  });

  it('whose caller has gone', async () => {
    const leave = async () => {
      await fetch(`${all.worker.url}/never${QUERY}`, { signal: AbortSignal.timeout(30) }).catch(() => {});
    };
    const grown = await growth(leave, GRACE_MILLIS + 1_000);
    assert.ok(grown < BOUND_BYTES, `it grew by ${grown} bytes`);
  });
});
