// A worker that cannot start says why.
import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import { lastLines, startWorker } from '../../testing/worker/wrangler.mjs';
import { listen, portOf } from '../../sim/listen.mjs';

const never = new AbortController().signal;

/** Takes a port until the test ends, or gives it back when told to: `{ port, close() }`. */
async function takePort(t) {
  const sockets = new Set();
  const server = net.createServer((socket) => sockets.add(socket));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(close);
  await listen(server);
  return { port: portOf(server), close };
}

async function freePort(t) {
  const { port, close } = await takePort(t);
  close();
  return port;
}

function start(port, signal = never) {
  return startWorker({
    port,
    configuration: { public_url: `http://127.0.0.1:${port}`, providers: [] },
    secrets: {},
    signal,
  });
}

describe('a worker that cannot start', { timeout: 60_000 }, () => {
  it('names the faults of its configuration', async (t) => {
    const port = await freePort(t);
    await assert.rejects(start(port), (/** @type {Error} */ error) => {
      assert.match(error.message, /the worker refuses its configuration\. What it said last:/);
      assert.match(error.message, /providers: is empty; must have at least one provider/);
      assert.match(error.message, /upstreams\.origin: is required/);
      return true;
    });
  });

  it('names the port that is taken', async (t) => {
    const { port } = await takePort(t);
    await assert.rejects(
      start(port),
      new RegExp(`wrangler dev ended by itself[^]*Address already in use \\(127\\.0\\.0\\.1:${port}\\)`),
    );
  });

  it('ends when it is told to', async (t) => {
    const port = await freePort(t);
    await assert.rejects(start(port, AbortSignal.timeout(300)), { name: 'TimeoutError' });
  });
});

describe('the last lines of a log', () => {
  const lines = (count, text) => Array.from({ length: count }, (_, index) => `${text} ${index}\n`).join('');

  it('are forty, without colours and empty ones', () => {
    assert.equal(
      lastLines(`${lines(50, 'line')}\n\u001b[31mred\u001b[0m\n`),
      `${lines(50, 'line')}red\n`.split('\n').slice(11, 51).join('\n'),
    );
    assert.equal(lastLines(''), '(nothing)');
  });

  it('are not the stacks that esbuild leaves', () => {
    const stacks = `goroutine 1 [chan receive]:\n${lines(60, 'main.main()')}`;
    assert.equal(lastLines(`Address already in use\n${stacks}`), 'Address already in use');
    assert.equal(
      lastLines(`Address already in use\nfatal error: all goroutines are asleep - deadlock!\n\n${stacks}`),
      'Address already in use',
    );
  });
});
