// A worker that cannot start says why.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import { startWorker } from '../../sim/demo/worker.mjs';

const never = new AbortController().signal;

async function listen() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function start(port, signal = never) {
  return startWorker({ port, configuration: { public_url: `http://127.0.0.1:${port}`, providers: [] }, secrets: {}, signal });
}

describe('a worker that cannot start', { timeout: 60_000 }, () => {
  it('names the faults of its configuration', async () => {
    const server = await listen();
    const { port } = server.address();
    server.close();
    await assert.rejects(start(port), (error) => {
      assert.match(error.message, /the worker refuses its configuration\. What it said last:/);
      assert.match(error.message, /providers: is empty; must have at least one provider/);
      assert.match(error.message, /upstreams\.origin: is required/);
      return true;
    });
  });

  it('names the port that is taken', async () => {
    const server = await listen();
    const { port } = server.address();
    await assert.rejects(start(port), new RegExp(`wrangler dev ended by itself[^]*Address already in use \\(127\\.0\\.0\\.1:${port}\\)`));
    server.close();
  });

  it('ends when it is told to', async () => {
    const server = await listen();
    const { port } = server.address();
    server.close();
    await assert.rejects(start(port, AbortSignal.timeout(300)), { name: 'TimeoutError' });
  });
});
