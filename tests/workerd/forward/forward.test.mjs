// The way to the backend: which one, how often, and what the caller gets if there is none. What passes, and
// how, is in fidelity.test.mjs.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, beforeEach, describe, it } from 'node:test';
import { listen } from '../../../sim/listen.mjs';
import { eventually } from '../../../testing/eventually.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';

/** @typedef {import('../../../testing/exchange.mjs').Sent} Sent */

const all = await startAll();
const { jtl, backend, worker } = all;
after(all.close);
beforeEach(() => backend.reset());

const headers = async (more) => ({ 'x-session-id': await jtl.sessionToken(), ...more });
/** @param {string} target @param {Sent} [request] */
const call = async (target, { headers: more, ...rest } = {}) =>
  send(worker.url, target, { ...rest, headers: await headers(more) });

describe('an answer of the backend', () => {
  it('is asked for each time, never taken from a cache', async () => {
    for (let left = 3; left > 0; left -= 1) assert.equal((await call('/file')).status, 200);
    assert.equal(backend.counters.requests, 3);
  });

  it('to a WebSocket without a session is a refusal', async () => {
    const answer = await send(worker.url, '/upgrade', {
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    });
    assert.equal(answer.status, 401);
    assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
  });
});

describe('a backend', () => {
  const PROBLEM = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', connection: 'close' };

  /**
   * Returns what a caller, the log and a monitor see of a backend that fails.
   *
   * @param {import('node:test').TestContext} t
   * @param {object} origin
   * @param {string} target
   * @param {Sent} [request]
   */
  async function failing(t, origin, target, { method = 'GET', body } = {}) {
    const other = await startWorker({ ...all.options, config: { ...all.options.config, upstreams: { origin } } });
    t.after(other.dispose);
    const answer = await send(other.url, target, { method, body, headers: await headers() });
    const { title, detail, ...problem } = JSON.parse(answer.body.toString());
    const { 'content-length': _, ...rest } = answer.headers;
    assert.deepEqual(rest, PROBLEM);
    assert.equal(problem.message, detail);
    const { level, time, upstream_ms: millis, ...line } = await other.logged({ event: 'request' });
    assert.ok(millis >= 0);
    assert.deepEqual(line, {
      event: 'request',
      method,
      path: target,
      provider: 'jtl',
      outcome: 'refused',
      code: problem.code,
      detail,
      status: answer.status,
      keys_from: 'issuer',
    });
    return [answer.status, problem.status, problem.code, problem.type, problem.error];
  }
  const UNREACHABLE = [
    502,
    502,
    'upstream_unreachable',
    'urn:drawbridge:problem:upstream_unreachable',
    'upstream_unreachable',
  ];
  const TIMEOUT = [504, 504, 'upstream_timeout', 'urn:drawbridge:problem:upstream_timeout', 'upstream_timeout'];

  it('that is not there: upstream_unreachable', async (t) => {
    const server = http.createServer();
    const url = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(await failing(t, { url }, '/orders'), UNREACHABLE);
  });

  it('that hangs up: upstream_unreachable', async (t) => {
    const server = http.createServer((req) => req.socket.destroy());
    t.after(() => server.close());
    const url = await listen(server);
    assert.deepEqual(await failing(t, { url }, '/orders', { method: 'POST', body: 'x' }), UNREACHABLE);
  });

  it('that does not answer: upstream_timeout', async (t) => {
    assert.deepEqual(await failing(t, { url: backend.url, timeout_ms: 200 }, '/never'), TIMEOUT);
    assert.equal(backend.counters.requests, 1);
  });

  it('that does not answer gets its connection closed', async (t) => {
    const closed = [];
    const server = http.createServer((req, res) => {
      req.resume();
      res.on('close', () => closed.push(req.method));
    });
    t.after(() => server.close());
    const origin = { url: await listen(server), timeout_ms: 200 };
    const other = await startWorker({ ...all.options, config: { ...all.options.config, upstreams: { origin } } });
    t.after(other.dispose);
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', 'x'.repeat(3_000_000)],
    ]) {
      assert.equal((await send(other.url, '/orders', { method, body, headers: await headers() })).status, 504);
      await eventually(() => assert.deepEqual(closed, [method]));
      closed.length = 0;
    }
  });

  it('that answers in time may take longer for the rest', async (t) => {
    const other = await startWorker({
      ...all.options,
      config: { ...all.options.config, upstreams: { origin: { url: backend.url, timeout_ms: 1000 } } },
    });
    t.after(other.dispose);
    const answer = await send(other.url, '/sse?count=4&interval=400', { headers: await headers() });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.toString().match(/event \d/g), ['event 1', 'event 2', 'event 3', 'event 4']);
  });

  it('may lie below a path', async (t) => {
    const other = await startWorker({
      ...all.options,
      config: { ...all.options.config, upstreams: { origin: { url: `${backend.url}/base/` } } },
    });
    t.after(other.dispose);
    for (const target of ['/', '/orders?a=b', '/orders/'])
      assert.equal((await send(other.url, target, { headers: await headers() })).status, 200);
    assert.deepEqual(
      backend.requests.map(({ url }) => url),
      ['/base/', '/base/orders?a=b', '/base/orders/'],
    );
  });
});
