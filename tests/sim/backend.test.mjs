// The simulated backend: its record of a request, its counters, its special paths.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { eventually } from '../../testing/eventually.mjs';
import { startBackend } from '../../sim/index.mjs';
import { knownBytes } from '../../sim/backend-paths.mjs';

let backend;

before(async () => {
  backend = await startBackend();
});
after(() => backend.close());
beforeEach(() => backend.reset());

/**
 * Sends one request on a connection of its own and interprets nothing: `{ status, headers, body }`.
 *
 * @param {string} path
 * @param {{ method?: string, headers?: import('node:http').OutgoingHttpHeaders | string[], body?: any }} [request]
 */
function raw(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const req = http.request(`${backend.url}${path}`, { method, headers, agent: false }, async (res) => {
      const chunks = [];
      try {
        for await (const chunk of res) chunks.push(chunk);
        resolve({
          status: res.statusCode,
          headers: res.headers,
          rawHeaders: res.rawHeaders,
          body: Buffer.concat(chunks),
        });
      } catch (error) {
        reject(error);
      }
    });
    req.on('error', reject);
    if (typeof body?.next === 'function') pump(req, body);
    else req.end(body);
  });
}

async function pump(req, chunks) {
  for (const chunk of chunks) if (!req.write(chunk)) await new Promise((resolve) => req.once('drain', resolve));
  req.end();
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

describe('the echo', () => {
  it('says method, URL, headers in order and body', async () => {
    const { status, body } = await raw('/orders?x=%2f', {
      method: 'PUT',
      headers: ['Host', 'localhost', 'X-B', '1', 'x-a', '2', 'X-B', '3', 'Content-Length', '6'],
      body: 'Käse\n',
    });
    assert.equal(status, 200);
    const said = JSON.parse(body);
    assert.equal(said.method, 'PUT');
    assert.equal(said.url, '/orders?x=%2f');
    assert.equal(said.httpVersion, '1.1');
    assert.deepEqual(said.headers.slice(1, 4), [
      ['X-B', '1'],
      ['x-a', '2'],
      ['X-B', '3'],
    ]);
    assert.deepEqual(said.body, { length: 6, complete: true, sha256: sha256('Käse\n'), text: 'Käse\n' });
    assert.deepEqual(
      backend.requests.map(({ url }) => url),
      ['/orders?x=%2f'],
    );
  });

  it('gives no text for what is not UTF-8', async () => {
    const bytes = Buffer.from([0xff, 0xfe]);
    const said = JSON.parse((await raw('/', { method: 'POST', body: bytes })).body);
    assert.deepEqual(said.body, { length: 2, complete: true, sha256: sha256(bytes) });
  });

  it('hashes a large body in constant memory', async () => {
    const size = 256 << 20;
    const expected = createHash('sha256');
    for (const chunk of knownBytes(size)) expected.update(chunk);
    const memory = process.memoryUsage().rss;
    const said = JSON.parse((await raw('/upload', { method: 'POST', body: knownBytes(size) })).body);
    assert.equal(said.body.length, size);
    assert.equal(said.body.sha256, expected.digest('hex'));
    assert.equal('text' in said.body, false);
    assert.ok(process.memoryUsage().rss - memory < 100 << 20);
    assert.equal(backend.counters.bodyBytes, size);
  });

  it('keeps the last requests only', async () => {
    backend.settings.change({ keep: 2 });
    for (const path of ['/1', '/2', '/3']) await raw(path);
    assert.deepEqual(
      backend.requests.map(({ url }) => url),
      ['/2', '/3'],
    );
    assert.equal(backend.counters.requests, 3);
    backend.settings.change({ keep: 100 });
  });
});

describe('a shared secret', () => {
  const value = 'origin-secret-1';
  const asked = async (headers, path = '/orders') => (await raw(path, { method: 'POST', headers, body: 'x' })).status;
  before(() => backend.settings.change({ sharedSecret: { header: 'X-Origin-Secret', value } }));
  after(() => backend.settings.change({ sharedSecret: null }));

  it('lets through what has it, and nothing else', async () => {
    assert.equal(await asked({ 'x-origin-secret': value }), 200);
    for (const headers of [
      {},
      { 'x-origin-secret': '' },
      { 'x-origin-secret': `${value}1` },
      { 'x-origin-secret': value.toUpperCase() },
      { 'x-origin-secret': [value, value] },
      { 'x-other': value },
    ]) {
      assert.equal(await asked(headers), 403, JSON.stringify(headers));
      assert.equal(await asked(headers, '/status/200'), 403, JSON.stringify(headers));
    }
    assert.equal(backend.counters.requests, 13);
  });

  it('is asked of a WebSocket as well', async () => {
    const upgrade = (headers) =>
      new Promise((resolve, reject) => {
        const handshake = {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': 13,
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        };
        const req = http.get(`${backend.url}/upgrade`, { headers: { ...handshake, ...headers }, agent: false }, (res) =>
          resolve(res.resume().statusCode),
        );
        req.on('upgrade', (res, socket) => (socket.destroy(), resolve(res.statusCode)));
        req.on('error', reject);
      });
    assert.deepEqual([await upgrade({}), await upgrade({ 'x-origin-secret': value })], [403, 101]);
  });

  it('that is none lets nothing through', async () => {
    for (const sharedSecret of [{}, { header: 'x-origin-secret' }, { header: 'x-origin-secret', value: '' }]) {
      backend.settings.change({ sharedSecret });
      assert.equal(await asked({ 'x-origin-secret': '' }), 403, JSON.stringify(sharedSecret));
    }
  });
});

describe('the counters', () => {
  it('count connections, requests and body bytes apart', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let index = 0; index < 3; index += 1) {
      await new Promise((resolve) =>
        http
          .request(`${backend.url}/`, { agent, method: 'POST' }, (res) => res.resume().on('end', resolve))
          .end('12345'),
      );
    }
    agent.destroy();
    assert.deepEqual(backend.counters, { connections: 1, requests: 3, bodyBytes: 15 });
  });

  it('count a connection that sends nothing', async () => {
    const socket = net.connect(Number(new URL(backend.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await eventually(() => assert.equal(backend.counters.connections, 1));
    assert.deepEqual(backend.counters, { connections: 1, requests: 0, bodyBytes: 0 });
    socket.destroy();
  });

  it('count the bytes of a body that never ends', async () => {
    const req = http.request(`${backend.url}/`, { method: 'POST', headers: { 'content-length': 1000 }, agent: false });
    req.on('error', () => {});
    req.write('x'.repeat(10));
    await eventually(() => assert.equal(backend.counters.bodyBytes, 10));
    req.destroy();
    await backend.requests[0].arrived;
    assert.deepEqual(backend.requests[0].body, { length: 10, complete: false });
  });

  it('leave the controls out', async () => {
    const control = await raw('/__sim/counters');
    assert.deepEqual(JSON.parse(control.body), { connections: 0, requests: 0, bodyBytes: 0 });
    await raw('/orders');
    assert.deepEqual(
      JSON.parse((await raw('/__sim/requests')).body).map(({ url }) => url),
      ['/orders'],
    );
    assert.deepEqual(backend.counters, { connections: 1, requests: 1, bodyBytes: 0 });
    await raw('/__sim/counters', { method: 'POST' });
    assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
  });
});

describe('the special paths', () => {
  it('/status/NNN', async () => {
    assert.equal((await raw('/status/418', { method: 'POST', body: 'x' })).status, 418);
    const empty = await raw('/status/204');
    assert.deepEqual([empty.status, empty.body.length], [204, 0]);
  });

  it('/redirect', async () => {
    assert.equal((await raw('/redirect')).headers.location, 'https://elsewhere.invalid/');
    const { status, headers } = await raw('/redirect?to=/orders');
    assert.deepEqual([status, headers.location], [302, '/orders']);
  });

  it('/bytes/N and /chunked/N', async () => {
    const expected = sha256(Buffer.concat([...knownBytes(100_000)]));
    const bytes = await raw('/bytes/100000');
    assert.deepEqual([bytes.headers['content-length'], sha256(bytes.body)], ['100000', expected]);
    const chunked = await raw('/chunked/100000');
    assert.deepEqual(
      [chunked.headers['content-length'], chunked.headers['transfer-encoding'], sha256(chunked.body)],
      [undefined, 'chunked', expected],
    );
    const head = await raw('/bytes/100000', { method: 'HEAD' });
    assert.deepEqual([head.headers['content-length'], head.body.length], ['100000', 0]);
  });

  it('/pipe answers while the body arrives', async () => {
    const req = http.request(`${backend.url}/pipe`, { method: 'POST', agent: false });
    req.flushHeaders();
    const res = await new Promise((resolve) => req.once('response', resolve));
    for (const part of ['one', 'two']) {
      req.write(part);
      const [chunk] = await new Promise((resolve) => res.once('data', (...args) => resolve(args)));
      assert.equal(chunk.toString(), part);
    }
    req.end();
    await new Promise((resolve) => res.once('end', resolve));
    assert.equal(backend.counters.bodyBytes, 6);
  });

  it('/slow-headers/MS', async () => {
    const start = performance.now();
    assert.equal((await raw('/slow-headers/150')).body.toString(), 'late\n');
    assert.ok(performance.now() - start >= 145);
  });

  it('/sse', async () => {
    const start = performance.now();
    const { headers, body } = await raw('/sse?count=3&interval=50');
    assert.equal(headers['content-type'], 'text/event-stream');
    assert.equal(body.toString(), 'id: 1\ndata: event 1\n\nid: 2\ndata: event 2\n\nid: 3\ndata: event 3\n\n');
    assert.ok(performance.now() - start >= 145);
  });

  it('/gzip', async () => {
    const { headers, body } = await raw('/gzip');
    assert.equal(headers['content-encoding'], 'gzip');
    assert.deepEqual(JSON.parse(gunzipSync(body).toString()), { compressed: true });
  });

  it('/close-early', async () => {
    await assert.rejects(raw('/close-early'), { code: 'ECONNRESET' });
  });

  it('/never', async () => {
    const req = http.get(`${backend.url}/never`, { agent: false });
    req.on('error', () => {});
    await eventually(() => assert.equal(backend.counters.requests, 1));
    const outcome = await Promise.race([
      new Promise((resolve) => req.once('response', resolve)),
      new Promise((resolve) => setTimeout(resolve, 100, 'nothing')),
    ]);
    assert.equal(outcome, 'nothing');
    req.destroy();
  });

  it('/cookies', async () => {
    assert.equal((await raw('/cookies')).headers['set-cookie'].length, 2);
  });

  it('/file with ranges and conditional requests', async () => {
    const file = Buffer.concat([...knownBytes(65536)]);
    const whole = await raw('/file');
    assert.deepEqual([whole.status, whole.body.equals(file)], [200, true]);
    /** @type {[string, number, number][]} */
    const ranges = [
      ['0-99', 0, 99],
      ['65000-', 65000, 65535],
      ['-10', 65526, 65535],
      ['65530-99999', 65530, 65535],
    ];
    for (const [range, first, last] of ranges) {
      const part = await raw('/file', { headers: { range: `bytes=${range}` } });
      assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes ${first}-${last}/65536`]);
      assert.ok(part.body.equals(file.subarray(first, last + 1)));
    }
    assert.equal((await raw('/file', { headers: { range: 'bytes=70000-' } })).status, 416);
    assert.equal((await raw('/file', { headers: { 'if-none-match': whole.headers.etag } })).status, 304);
  });

  it('/upgrade echoes over a WebSocket', async () => {
    const socket = new WebSocket(`${backend.url.replace('http', 'ws')}/upgrade`, 'chat');
    socket.binaryType = 'arraybuffer';
    const next = () =>
      new Promise((resolve, reject) =>
        Object.assign(socket, { onmessage: ({ data }) => resolve(data), onerror: reject }),
      );
    await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
    assert.equal(socket.protocol, 'chat');
    for (const text of ['hello', 'ä'.repeat(1000), 'x'.repeat(100_000)]) {
      socket.send(text);
      assert.equal(await next(), text);
    }
    socket.send(new Uint8Array([1, 2, 3]));
    assert.deepEqual(new Uint8Array(await next()), new Uint8Array([1, 2, 3]));
    socket.close(1000);
    const { code } = await new Promise((resolve) => (socket.onclose = resolve));
    assert.equal(code, 1000);
    assert.equal(backend.counters.requests, 1);
  });

  it('a path that only begins like one is echoed', async () => {
    assert.equal(JSON.parse((await raw('/statuses/404')).body).url, '/statuses/404');
    assert.equal(JSON.parse((await raw('/constructor')).body).url, '/constructor');
  });
});
