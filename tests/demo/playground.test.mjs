// The playground's server serves its own page on this machine, and nobody else.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { MODES } from '../../sim/fault.mjs';
import { startSimulation } from '../../sim/index.mjs';
import { ROTATIONS } from '../../sim/keys.mjs';
import { startPlayground } from '../../sim/playground.mjs';

let simulation;
let playground;
// Nobody listens there. These tests are about the server; tests/browser is about what the worker says.
const worker = { url: 'http://127.0.0.1:1' };

before(async () => {
  simulation = await startSimulation();
  const { gateway, jtl } = simulation;
  const keyEndpoints = [...Object.values(gateway.regions), jtl].map(({ endpoints }) => endpoints);
  playground = await startPlayground(
    {
      ...simulation,
      worker,
      keyEndpoints,
      healthSecret: 'x',
      configuration: { public_url: worker.url },
      signal: new AbortController().signal,
    },
    0,
  );
});
after(async () => {
  await playground.close();
  await simulation.close();
});

/**
 * Sends exactly these headers, over the wire.
 *
 * @param {string} path
 * @param {{ method?: string, headers?: import('node:http').OutgoingHttpHeaders, body?: string }} [request]
 */
function send(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(playground.url + path, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

function order(name, body, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(`/api/${name}`, {
    method: 'POST',
    headers: { origin: playground.url, 'content-type': 'application/json', ...headers },
    body: text,
  });
}

describe('what it serves', () => {
  it('is the page with its files, under a policy that lets nothing else in', async () => {
    const page = await send('/');
    assert.equal(page.status, 200);
    assert.match(page.headers['content-type'], /^text\/html; charset=utf-8$/);
    assert.match(page.headers['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(page.headers['content-security-policy'], /unsafe|\*|https?:/);
    const files = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, file]) => file);
    assert.deepEqual(files, ['icon.svg', 'style.css', 'page.js']);
    for (const file of files) {
      const { status, headers } = await send(`/${file}`);
      assert.deepEqual(
        [status, headers['x-content-type-options'], headers['cross-origin-resource-policy']],
        [200, 'nosniff', 'same-origin'],
      );
    }
    // Without styles or scripts of its own, which the policy would stop.
    assert.doesNotMatch(page.text, /<script(?! type="module" src=)|<style|style=|\son[a-z]+=/);
  });

  it('is no other file', async () => {
    for (const path of [
      '/../playground.mjs',
      '/%2e%2e/playground.mjs',
      '/..%2fplayground.mjs',
      '/playground.mjs',
      '/index.html/',
      '/api',
      '/api/',
      '/api/constructor',
      '/api/scenario',
      '//page.js',
    ]) {
      assert.equal((await send(path)).status, 404, path);
    }
  });

  it('answers other methods with 405', async () => {
    assert.equal((await send('/', { method: 'DELETE' })).status, 405);
    assert.equal((await send('/', { method: 'HEAD' })).status, 200);
  });
});

describe('whom it serves', () => {
  it('is this machine', async () => {
    assert.match(playground.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const { port } = new URL(playground.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
      assert.equal((await send('/', { headers: { host } })).status, 200, host);
    for (const host of [
      `evil.example:${port}`,
      'evil.example',
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
      `localhost:${port}.evil.example`,
      `[::1]:${port}`,
    ]) {
      for (const path of ['/', '/api/state', '/api/catalogue'])
        assert.equal((await send(path, { headers: { host } })).status, 421, host + path);
      assert.equal(
        (await order('rotate', { issuer: 'gcp-eu', mode: 'abrupt' }, { host, origin: `http://${host}` })).status,
        421,
        host,
      );
    }
  });

  it('is its own page, where anything changes', async () => {
    const { signer } = simulation.gateway.regions['gcp-eu'].keys;
    const rotate = { issuer: 'gcp-eu', mode: 'abrupt' };
    for (const origin of [
      'http://evil.example',
      'null',
      '',
      playground.url.replace('127.0.0.1', 'localhost'),
      `${playground.url}.evil.example`,
      playground.url.replace('http:', 'https:'),
    ]) {
      assert.equal((await order('rotate', rotate, { origin })).status, 403, origin);
    }
    assert.equal(
      (
        await send('/api/rotate', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(rotate),
        })
      ).status,
      403,
    );
    // What a form of another site can send without asking.
    assert.equal((await order('rotate', rotate, { 'content-type': 'text/plain' })).status, 415);
    assert.equal(simulation.gateway.regions['gcp-eu'].keys.signer, signer);
    assert.equal((await order('rotate', rotate)).status, 200);
    assert.notEqual(simulation.gateway.regions['gcp-eu'].keys.signer, signer);
  });
});

describe('what it takes', () => {
  it('is a JSON object of a moderate size', async () => {
    for (const body of ['', 'x', '[]', 'null', '"x"']) assert.equal((await order('token', body)).status, 400, body);
    assert.equal((await order('token', { issuer: 'x'.repeat(40_000) })).status, 413);
  });

  it('is every rotation and every fault of the simulation, for every provider', async () => {
    for (const issuer of ['gcp-eu', 'aws-us', 'jtl']) {
      for (const mode of ROTATIONS) {
        const { status, text } = await order('rotate', { issuer, mode });
        const { signer, published } = JSON.parse(text);
        assert.deepEqual([status, published.includes(signer)], [200, true]);
      }
      for (const mode of [...Object.keys(MODES), 'ok']) {
        const { status, text } = await order('fault', { issuer, endpoint: 'jwks', mode });
        assert.deepEqual([status, JSON.parse(text).endpoints.jwks], [200, mode]);
      }
    }
    assert.equal(
      JSON.parse((await order('fault', { issuer: 'jtl', endpoint: 'token', mode: 'down' })).text).endpoints.token,
      'down',
    );
  });

  it('is nothing else', async () => {
    const refused = [
      ['rotate', { issuer: 'nobody', mode: 'abrupt' }],
      ['rotate', { issuer: 'jtl', mode: 'never' }],
      ['fault', { issuer: 'gcp-eu', endpoint: 'forward', mode: 'down' }],
      ['fault', { issuer: 'gcp-eu', endpoint: 'jwks', mode: 'constructor' }],
      ['token', { issuer: 'constructor', path: '/' }],
      ['direct', { path: 'orders', method: 'GET', header: 'authorization', token: '' }],
      ['direct', { path: '/orders\r\nx: y', method: 'GET', header: 'authorization', token: '' }],
      ['direct', { path: '/orders', method: 'TRACE', header: 'authorization', token: '' }],
      ['direct', { path: '/orders', method: 'GET', header: 'cookie', token: '' }],
      ['direct', { path: '/orders', method: 'GET', header: 'authorization', token: 'a\r\nx: y' }],
      ['direct', { path: '/orders', method: 'GET', header: 'authorization', token: 'ä' }],
      ['direct', { path: '/orders', method: 'GET', header: 'authorization', token: 'x'.repeat(25_000) }],
      ['direct', { path: '/orders', method: 'GET', header: 'authorization' }],
    ];
    for (const [name, body] of refused) {
      const { status, text } = await order(name, body);
      assert.deepEqual([status, typeof JSON.parse(text).message], [400, 'string'], JSON.stringify(body));
    }
    assert.equal((await order('scenario', { id: 'no/such' })).status, 404);
  });

  it('leads nowhere but to the worker', async () => {
    const policy = 'forward-url-full-path';
    for (const forwardTo of [
      'https://evil.example/',
      'http://127.0.0.1:1.evil.example/',
      simulation.backend.url,
      'http://evil.example:1/',
      'https://127.0.0.1:1/',
      'orders',
      'file:///etc/passwd',
    ]) {
      assert.equal((await order('gateway', { forwardTo, policy })).status, 400, forwardTo);
    }
    // Nobody answers for the worker here, and the gateway says so.
    const { status, text } = await order('gateway', { forwardTo: 'http://127.0.0.1:1/orders', policy });
    assert.deepEqual([status, JSON.parse(text).found], [200, { status: 502, code: 'target_unreachable', reached: 0 }]);
    assert.deepEqual(
      [(await order('direct', { path: '/orders', method: 'GET', header: 'authorization', token: '' })).status],
      [502],
    );
    assert.equal(simulation.backend.counters.requests, 0);
  });

  it('tells what it knows while the worker does not answer', async () => {
    const { status, text } = await send('/api/state');
    const { issuers, health } = JSON.parse(text);
    assert.deepEqual([status, issuers.length, health], [200, 3, undefined]);
  });
});
