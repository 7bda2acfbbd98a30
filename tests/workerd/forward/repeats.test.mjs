// What the runtime sends twice: a request without a body whose connection breaks before the answer.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { listen } from '../../../sim/listen.mjs';
import { newAssertionKey } from '../../../testing/assertion-key.mjs';
import { codeOf, converse, send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';

/** Starts a backend that answers the first request of a connection and breaks off at the second one. */
async function startBreaking() {
  const heads = [];
  const server = net.createServer((socket) => {
    let seen = 0;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      heads.push(data.toString('latin1'));
      seen += 1;
      if (seen > 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  after(() => server.close());
  return { url: await listen(server), heads };
}

describe('a request whose reused connection breaks', async () => {
  const broken = await startBreaking();
  const all = await startAll({
    bindings: { ASSERTION_KEY: JSON.stringify(await newAssertionKey()) },
    change: (config) => ({
      ...config,
      public_url: 'https://api.example.com',
      upstreams: {
        origin: { url: broken.url, assertion: { signing_key_secret_name: 'ASSERTION_KEY', audience: 'backend' } },
      },
    }),
  });
  after(all.close);

  /**
   * Opens a connection to the backend with a request, then sends one that breaks it. Returns the second answer
   * and what the backend got of the second request.
   */
  async function exchange(method, body) {
    const token = await all.jtl.sessionToken();
    broken.heads.length = 0;
    assert.equal(codeOf(await send(all.worker.url, '/first', { headers: { 'x-session-id': token } })), 200);
    // Node's client announces an empty body for some methods, so these bytes are written here.
    const fields = ['Host: a', `X-Session-ID: ${token}`, 'Connection: close', ...(body ? ['Content-Length: 1'] : [])];
    const bytes = [`${method} /second HTTP/1.1`, ...fields, '', body ?? ''].join('\r\n');
    const [answer] = await converse(all.worker.url, bytes);
    return { status: answer.status, heads: broken.heads.filter((head) => head.includes(' /second ')) };
  }

  for (const method of ['GET', 'OPTIONS', 'PUT', 'DELETE']) {
    it(`is sent once more as it was, with the same assertion, if it is ${method} without a body`, async () => {
      const { status, heads } = await exchange(method);
      assert.equal(status, 200);
      assert.equal(heads.length, 2);
      assert.equal(heads[0], heads[1]);
      assert.match(heads[0], /^x-verified-assertion: /im);
    });
  }

  for (const [what, method, body] of [
    ['POST', 'POST'],
    ['PATCH', 'PATCH'],
    ['PUT with a body', 'PUT', 'x'],
    ['DELETE with a body', 'DELETE', 'x'],
  ]) {
    it(`is sent once, and refused, if it is ${what}`, async () => {
      const { status, heads } = await exchange(method, body);
      assert.equal(status, 502);
      assert.equal(heads.length, 1);
    });
  }
});
