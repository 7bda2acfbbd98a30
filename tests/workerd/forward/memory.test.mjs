// A body of any size passes in constant memory: a gigabyte in each direction, and a body that one side does not
// read.
import assert from 'node:assert/strict';
import http from 'node:http';
import { Readable } from 'node:stream';
import { after, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentMebibytes } from '../../../testing/process.mjs';
import { knownBytes } from '../../../sim/backend-paths.mjs';
import { listen } from '../../../sim/listen.mjs';
import { open } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { startedProcesses } from '../../../testing/started-processes.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';

const GIGABYTE = 1_000_000_000;
const TENTH = GIGABYTE / 10;
const BOUND_MEBIBYTES = 64;

// A backend with a path that sends back what it gets, one that sends, and one that never reads.
let sent = () => 0;
const server = http.createServer((req, res) => {
  const before = req.socket.bytesWritten;
  sent = () => req.socket.bytesWritten - before;
  if (req.url === '/echo') req.pipe(res.writeHead(200, { 'content-length': req.headers['content-length'] }));
  if (req.url === '/send') Readable.from(knownBytes(GIGABYTE)).pipe(res.writeHead(200, { 'content-length': GIGABYTE }));
  if (req.url === '/stuck') req.pause();
});
const BACKEND = await listen(server);

const started = startedProcesses();
const all = await startAll({
  change: ({ providers: [, jtl], ...config }) => ({
    ...config,
    providers: [jtl],
    upstreams: { origin: { url: BACKEND } },
  }),
});
const [{ pid }] = started;
after(async () => {
  await all.close();
  server.close();
  server.closeAllConnections();
});

const session = {
  'x-session-id': await all.jtl.sessionToken({ claims: { exp: Math.floor(Date.now() / 1000) + 3600 } }),
};
const echo = (origin, length) =>
  open(origin, '/echo', {
    method: 'POST',
    headers: { ...session, 'content-length': length },
    body: Readable.from(knownBytes(length)),
  });

async function count(stream) {
  let length = 0;
  for await (const chunk of stream) length += chunk.length;
  return length;
}

/** Returns the result of `action`, and by how many MiB that process has grown meanwhile. */
async function growth(pid, action) {
  const before = residentMebibytes(pid);
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, residentMebibytes(pid))), 20);
  const result = await action().finally(() => clearInterval(timer));
  return [result, Math.max(most, residentMebibytes(pid)) - before];
}

async function inConstantMemory(t, action) {
  const [result, grown] = await growth(pid, action);
  t.diagnostic(`the runtime grew by ${grown.toFixed(1)} MiB`);
  assert.ok(grown < BOUND_MEBIBYTES, `it grew by ${grown} MiB`);
  return result;
}

/** Returns how many bytes have been sent when no more are taken. */
async function takenIn(sent) {
  for (let [before, now, same] = [0, sent(), 0]; ; [before, now] = [now, sent()]) {
    same = now > 0 && now === before ? same + 1 : 0;
    if (same === 10) return now;
    await sleep(50);
  }
}

it('a gigabyte goes up and comes down through one request', async (t) => {
  assert.equal(await inConstantMemory(t, async () => count(await echo(all.worker.url, GIGABYTE))), GIGABYTE);
});

it('a backend waits for a caller that does not read', async (t) => {
  const taken = await inConstantMemory(t, async () => {
    const answer = await open(all.worker.url, '/send', { headers: session });
    const bytes = await takenIn(() => sent());
    answer.destroy();
    return bytes;
  });
  assert.ok(taken < TENTH, `${taken} bytes`);
});

it('a caller waits for a backend that does not read', async (t) => {
  const taken = await inConstantMemory(t, async () => {
    const request = http.request(`${all.worker.url}/stuck`, { method: 'POST', headers: session }).on('error', () => {});
    Readable.from(knownBytes(GIGABYTE)).pipe(request);
    const bytes = await takenIn(() => request.socket?.bytesWritten ?? 0);
    request.destroy();
    return bytes;
  });
  assert.ok(taken < TENTH, `${taken} bytes`);
});

it('a worker that reads a body before it sends it on would be seen', async (t) => {
  const main = `export default { async fetch(request, { BACKEND }) {
    const { method, headers } = request;
    return fetch(BACKEND + '/echo', { method, headers, body: await request.arrayBuffer() });
  } }`;
  started.length = 0;
  const buffering = await startWorker({ config: {}, bindings: { BACKEND }, main, kv: false });
  t.after(buffering.dispose);
  const [length, grown] = await growth(started[0].pid, async () => count(await echo(buffering.url, TENTH)));
  t.diagnostic(`the runtime grew by ${grown.toFixed(1)} MiB`);
  assert.equal(length, TENTH);
  assert.ok(grown > BOUND_MEBIBYTES, `it grew by ${grown} MiB`);
});
