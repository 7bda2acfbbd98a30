// The controls over HTTP, and the simulation as a program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { startSimulation } from '../../sim/index.mjs';

let simulation;
let region;

before(async () => {
  simulation = await startSimulation();
  region = simulation.gateway.regions['gcp-eu'];
});
after(() => simulation.close());

async function read(url, part = '') {
  const answer = await fetch(`${url}/__sim${part && `/${part}`}`);
  return { status: answer.status, body: await answer.json() };
}

async function change(url, part, body) {
  const answer = await fetch(`${url}/__sim/${part}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

describe('every server', () => {
  it('says its parts', async () => {
    const parts = async ({ url }) => Object.keys((await read(url)).body);
    assert.deepEqual(await parts(region), ['name', 'url', 'settings', 'keys', 'faults', 'counters', 'requests']);
    assert.deepEqual(await parts(simulation.jtl), [
      'name',
      'url',
      'settings',
      'session-keys',
      'app-keys',
      'faults',
      'counters',
      'access-tokens',
    ]);
    assert.deepEqual(await parts(simulation.backend), ['name', 'url', 'settings', 'counters', 'requests']);
  });

  it('refuses what it does not know, and changes nothing then', async () => {
    for (const { url } of [region, simulation.jtl, simulation.backend]) {
      assert.equal((await read(url, 'nothing')).status, 404);
      assert.equal((await read(url, 'constructor')).status, 404);
      const before = (await read(url, 'settings')).body;
      const refused = await change(url, 'settings', { ...before, invented: 1 });
      assert.deepEqual([refused.status, refused.body.error], [400, 'control_refused']);
      assert.match(refused.body.message, /no setting invented/);
      assert.equal((await change(url, 'settings', '[1]')).status, 400);
      assert.equal((await change(url, 'settings', '{')).status, 400);
      assert.deepEqual((await read(url, 'settings')).body, before);
    }
    assert.equal((await change(simulation.backend.url, 'requests', {})).status, 405);
    assert.equal((await read(region.url, 'token')).status, 405);
    const wrongType = await change(region.url, 'settings', { userId: 1 });
    assert.match(wrongType.body.message, /userId must be of type string/);
  });

  it('answers loopback hosts only', async () => {
    const status = await new Promise((resolve) =>
      http.get(`${region.url}/__sim`, { headers: { host: 'rebound.example' }, agent: false }, (res) =>
        resolve(res.resume().statusCode),
      ),
    );
    assert.equal(status, 421);
  });
});

describe('the gateway', () => {
  it('changes its settings for all regions', async () => {
    assert.equal((await change(region.url, 'settings', { userId: 'user-9' })).body.userId, 'user-9');
    assert.equal((await read(simulation.gateway.regions['aws-us'].url, 'settings')).body.userId, 'user-9');
    await change(region.url, 'settings', { userId: 'user-1' });
  });

  it('sets faults, counts and resets', async () => {
    const set = await change(region.url, 'faults', {
      jwks: { mode: 'status', status: 500, times: 1 },
      discovery: 'down',
    });
    assert.deepEqual(set.body, {
      jwks: { mode: 'status', times: 1, status: 500, headers: {} },
      discovery: { mode: 'down' },
      forward: { mode: 'ok' },
    });
    assert.equal((await fetch(`${region.url}/.well-known/jwks.json`)).status, 500);
    assert.deepEqual((await change(region.url, 'faults', { discovery: 'ok' })).body, {
      jwks: { mode: 'ok' },
      discovery: { mode: 'ok' },
      forward: { mode: 'ok' },
    });
    assert.equal((await read(region.url, 'counters')).body.jwks.fetches, 1);
    assert.equal((await change(region.url, 'counters', {})).body.jwks.fetches, 0);
  });

  it('rotates its keys', async () => {
    const old = region.keys.signer.kid;
    const { body } = await change(region.url, 'keys', { rotate: 'overlap' });
    assert.notEqual(body.signer, old);
    assert.deepEqual(
      body.published.map(({ kid }) => kid),
      [old, body.signer],
    );
    assert.deepEqual((await change(region.url, 'keys', { signWith: old })).body.signer, old);
    assert.equal(
      (await change(region.url, 'keys', { retire: true, publishKid: false })).body.published[0].kid,
      undefined,
    );
    assert.equal(
      (await change(region.url, 'keys', { publishKid: true, publishExtras: true })).body.published.length,
      6,
    );
    await change(region.url, 'keys', { publishExtras: false });
    assert.match((await change(region.url, 'keys', { rotat: 'overlap' })).body.message, /no such key control: rotat/);
  });

  it('mints tokens, good, changed and hostile', async () => {
    const { body } = await change(region.url, 'token', {
      audience: 'https://api.example.com/orders',
      projectKey: 'shop-us',
      permissions: true,
      claims: { sub: 'user-7', type: null },
      header: { typ: 'JWT' },
    });
    const claims = decodeJwt(body.token);
    assert.deepEqual([claims.sub, claims.type, claims.aud], ['user-7', undefined, 'https://api.example.com/orders']);
    assert.deepEqual(claims[`${region.url}/claims/user_permissions`], simulation.gateway.settings.values.permissions);
    assert.equal(decodeProtectedHeader(body.token).typ, 'JWT');

    const hostile = await change(region.url, 'token', {
      audience: 'https://api.example.com/orders',
      hostile: 'hmac-with-pem',
    });
    assert.equal(decodeProtectedHeader(hostile.body.token).alg, 'HS256');
    assert.match((await change(region.url, 'token', { hostile: 'rude' })).body.message, /no hostile token rude/);
  });
});

describe('the JTL platform', () => {
  it('mints tokens and revokes access tokens', async () => {
    const { url, accessTokens } = simulation.jtl;
    const session = await change(url, 'session-token', { claims: { tenantId: 'tenant-7' } });
    assert.equal(decodeJwt(session.body.token).tenantId, 'tenant-7');
    const app = await change(url, 'app-token', { hostile: 'expired' });
    assert.ok(decodeJwt(app.body.token).exp < Date.now() / 1000);
    accessTokens.issue();
    assert.deepEqual((await read(url, 'access-tokens')).body, { valid: 1 });
    assert.deepEqual((await change(url, 'access-tokens', {})).body, { valid: 0 });
  });
});

describe('node sim/main.mjs', () => {
  const program = fileURLToPath(new URL('../../sim/main.mjs', import.meta.url));

  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    it(`prints where it listens and ends on ${signal}`, async () => {
      const child = spawn(process.execPath, [program, '--gateway', '0', '--jtl', '0', '--backend', '0'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      for await (const chunk of child.stdout) {
        output += chunk;
        if (output.includes('Ctrl-C')) break;
      }
      const urls = output.match(/http:\/\/127\.0\.0\.1:\d+/g);
      const names = await Promise.all(urls.map(async (url) => (await read(url)).body.name));
      assert.deepEqual(names, ['gateway gcp-eu', 'gateway aws-us', 'jtl', 'backend']);
      child.kill(signal);
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    });
  }

  it('is told when a port is taken, and leaves nothing open', async () => {
    const port = Number(new URL(simulation.backend.url).port);
    await assert.rejects(startSimulation({ ports: { backend: port } }), { code: 'EADDRINUSE' });
  });
});
