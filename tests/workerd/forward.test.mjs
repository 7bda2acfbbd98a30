// The way to the backend and back: what it answers, the caller gets, as it is and as it comes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { after, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { knownBytes } from '../../sim/backend-paths.mjs';
import { open, send } from './exchange.mjs';
import { startAll, startWorker } from './gateway.mjs';

const all = await startAll();
const { jtl, backend, worker } = all;
after(all.close);
beforeEach(() => backend.reset());

const MEGABYTES_20 = 20_000_000;
const sha256 = (chunks) => [].concat(chunks).reduce((hash, chunk) => hash.update(chunk), createHash('sha256')).digest('hex');
const headers = async (more) => ({ 'x-session-id': await jtl.sessionToken(), ...more });
const call = async (target, { headers: more, ...rest } = {}) => send(worker.url, target, { ...rest, headers: await headers(more) });

/** What the caller gets without the worker, but for `date`, and how the body is framed on this connection. */
async function straight(target, options) {
  const { status, pairs, body } = await send(backend.url, target, options);
  return { status, pairs: comparable(pairs), body };
}

const comparable = (pairs) => pairs.filter(([name]) => !['date', 'connection', 'transfer-encoding'].includes(name)).sort();

describe('an answer of the backend', () => {
  for (const target of [
    '/status/200', '/status/201', '/status/204', '/status/304', '/status/400', '/status/401', '/status/403', '/status/404', '/status/405',
    '/status/418', '/status/429', '/status/500', '/status/502', '/status/503', '/status/599', '/redirect', '/redirect?to=/orders', '/redirect?to=http://127.0.0.1:1/',
    '/bytes/0', '/bytes/1', '/bytes/100000', '/chunked/0', '/chunked/100000', '/gzip', '/cookies', '/file', '/sse?count=2&interval=1',
  ]) {
    for (const method of ['GET', 'HEAD']) {
      it(`to ${method} ${target} arrives as it is`, async () => {
        const expected = await straight(target, { method });
        backend.reset();
        const { status, pairs, body } = await call(target, { method });
        assert.deepEqual({ status, pairs: comparable(pairs), body }, expected);
        assert.deepEqual(backend.requests.map((request) => [request.method, request.url]), [[method, target]]);
      });
    }
  }

  it('that redirects is not followed', async () => {
    const answer = await call('/redirect?to=/orders', { method: 'POST', body: 'x' });
    assert.deepEqual([answer.status, answer.headers.location, answer.body.length], [302, '/orders', 0]);
    assert.equal(backend.counters.requests, 1);
  });

  it('keeps its bytes, compressed or not', async () => {
    for (const encodings of [{}, { 'accept-encoding': 'gzip' }, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'br' }]) {
      const answer = await call('/gzip', { headers: encodings });
      assert.equal(answer.headers['content-encoding'], 'gzip');
      assert.deepEqual(JSON.parse(gunzipSync(answer.body)), { compressed: true });
    }
  });

  it('keeps its two cookies apart', async () => {
    const { pairs } = await call('/cookies');
    assert.deepEqual(pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value), ['a=1; Path=/; HttpOnly', 'b=2; Path=/; Expires=Wed, 01 Jan 2099 00:00:00 GMT']);
  });

  it('may be a part, or say that nothing has changed', async () => {
    const part = await call('/file', { headers: { range: 'bytes=10-19' } });
    assert.deepEqual([part.status, part.headers['content-range'], part.body.length], [206, 'bytes 10-19/65536', 10]);
    const unchanged = await call('/file', { headers: { 'if-none-match': part.headers.etag } });
    assert.deepEqual([unchanged.status, unchanged.headers.etag, unchanged.body.length], [304, part.headers.etag, 0]);
  });

  it('is asked for each time, never taken from a cache', async () => {
    for (let left = 3; left > 0; left -= 1) assert.equal((await call('/file')).status, 200);
    assert.equal(backend.counters.requests, 3);
  });

  it('that breaks off breaks off for the caller too', async () => {
    await assert.rejects(call('/close-early'), { code: 'ECONNRESET' });
  });

  it('of a WebSocket goes both ways', async () => {
    const socket = new WebSocket(`${worker.url.replace('http', 'ws')}/upgrade`, { headers: await headers() });
    const received = await new Promise((resolve, reject) => {
      socket.onerror = reject;
      socket.onopen = () => socket.send('hello');
      socket.onmessage = ({ data }) => resolve(data);
    });
    assert.equal(received, 'hello');
    await new Promise((resolve) => {
      socket.onclose = resolve;
      socket.close();
    });
    const [{ headers: arrived }] = backend.requests;
    assert.deepEqual(arrived.filter(([name]) => /^(upgrade|x-session-id|x-verified-user)$/i.test(name)), [['Upgrade', 'websocket'], ['x-verified-user', 'user-1']]);
  });

  it('to a WebSocket without a session is a refusal', async () => {
    const answer = await send(worker.url, '/upgrade', { headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } });
    assert.equal(answer.status, 401);
    assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
  });
});

describe('twenty megabytes', () => {
  const bytes = Buffer.concat([...knownBytes(MEGABYTES_20)]);

  for (const kind of ['bytes', 'chunked']) {
    it(`come down whole: ${kind}`, async () => {
      const { status, headers: got, body } = await call(`/${kind}/${MEGABYTES_20}`);
      assert.deepEqual([status, got['content-length'], body.length], [200, kind === 'bytes' ? String(MEGABYTES_20) : undefined, MEGABYTES_20]);
      assert.equal(sha256(body), sha256(bytes));
    });
  }

  for (const [kind, body] of [['with their length', bytes], ['in chunks', Readable.from(knownBytes(MEGABYTES_20))]]) {
    it(`go up whole: ${kind}`, async () => {
      assert.equal((await call('/orders', { method: 'POST', body })).status, 200);
      const [request] = backend.requests;
      assert.deepEqual([request.body.length, request.body.sha256, request.body.complete], [MEGABYTES_20, sha256(bytes), true]);
      const framing = request.headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name)).map(([name, value]) => [name.toLowerCase(), value]);
      assert.deepEqual(framing, [kind === 'in chunks' ? ['transfer-encoding', 'chunked'] : ['content-length', String(MEGABYTES_20)]]);
    });
  }

  it('go up and down at once', async () => {
    const answer = await call('/pipe', { method: 'POST', body: Readable.from(knownBytes(MEGABYTES_20)) });
    assert.equal(sha256(answer.body), sha256(bytes));
  });
});

it('each part is passed on before the next one exists', async () => {
  const body = new PassThrough();
  body.write('1');
  const answer = await open(worker.url, '/pipe', { method: 'POST', headers: await headers(), body });
  const received = [];
  for await (const part of answer) {
    received.push(part.toString());
    // Only what has made its way up and down again brings about the next part.
    if (received.length < 5) body.write(String(received.length + 1));
    else body.end();
  }
  assert.deepEqual(received, ['1', '2', '3', '4', '5']);
});

describe('a backend', () => {
  const PROBLEM = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', connection: 'close' };

  async function failing(t, origin, target, { method = 'GET', body } = {}) {
    const other = await startWorker({ ...all.options, config: { ...all.options.config, upstreams: { origin } } });
    t.after(other.dispose);
    const answer = await send(other.url, target, { method, body, headers: await headers() });
    const { title, detail, ...problem } = JSON.parse(answer.body);
    const { 'content-length': _, ...rest } = answer.headers;
    assert.deepEqual(rest, PROBLEM);
    assert.equal(problem.message, detail);
    const { level, time, ...line } = await other.logged({ event: 'request' });
    assert.deepEqual(line, { event: 'request', method, path: target, outcome: 'refused', code: problem.code, status: answer.status });
    return [answer.status, problem.status, problem.code, problem.type, problem.error];
  }
  const UNREACHABLE = [502, 502, 'upstream_unreachable', 'urn:drawbridge:problem:upstream_unreachable', 'upstream_unreachable'];
  const TIMEOUT = [504, 504, 'upstream_timeout', 'urn:drawbridge:problem:upstream_timeout', 'upstream_timeout'];

  it('that is not there: upstream_unreachable', async (t) => {
    const server = http.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(await failing(t, { url: `http://127.0.0.1:${port}` }, '/orders'), UNREACHABLE);
  });

  it('that hangs up: upstream_unreachable', async (t) => {
    const server = http.createServer((req) => req.socket.destroy()).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    assert.deepEqual(await failing(t, { url: `http://127.0.0.1:${server.address().port}` }, '/orders', { method: 'POST', body: 'x' }), UNREACHABLE);
  });

  it('that does not answer: upstream_timeout', async (t) => {
    assert.deepEqual(await failing(t, { url: backend.url, timeout_ms: 200 }, '/never'), TIMEOUT);
    assert.equal(backend.counters.requests, 1);
  });

  it('that answers in time may take longer for the rest', async (t) => {
    const other = await startWorker({ ...all.options, config: { ...all.options.config, upstreams: { origin: { url: backend.url, timeout_ms: 1000 } } } });
    t.after(other.dispose);
    const answer = await send(other.url, '/sse?count=4&interval=400', { headers: await headers() });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.toString().match(/event \d/g), ['event 1', 'event 2', 'event 3', 'event 4']);
  });

  it('may lie below a path', async (t) => {
    const other = await startWorker({ ...all.options, config: { ...all.options.config, upstreams: { origin: { url: `${backend.url}/base/` } } } });
    t.after(other.dispose);
    for (const target of ['/', '/orders?a=b', '/orders/']) assert.equal((await send(other.url, target, { headers: await headers() })).status, 200);
    assert.deepEqual(backend.requests.map(({ url }) => url), ['/base/', '/base/orders?a=b', '/base/orders/']);
  });
});
