// For each way of trusting the worker: a request through the worker is answered, the same request straight to
// the backend is not.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { listen, portOf } from '../../sim/listen.mjs';
import { newAssertionKey } from '../../testing/assertion-key.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';
import { certificate } from './certificate.mjs';

const SECRET = 'origin-secret-1';
const AUDIENCE = 'https://backend.example.com';
const HOST = 'backend.example.com';

const listening = async (server) => {
  const origin = await listen(server);
  after(() => (server.closeAllConnections(), server.close()));
  return origin;
};

// The environment of the backend: see examples/backend.
const door = createServer(async (req, res) => res.end((await send(all.worker.url, req.url)).body));
const PUBLIC_URL = await listening(door);
Object.assign(process.env, { PUBLIC_URL, AUDIENCE, ORIGIN_SECRETS: SECRET });
const { verify } = await import('../../examples/backend/verify.mjs');

/** A backend that answers with the caller, or with 403 if it accepts no assertion. */
const asserting = createServer(async (req, res) => {
  const claims = await verify(req.headers['x-verified-assertion']).catch(() => undefined);
  res.writeHead(claims ? 200 : 403).end(claims?.sub);
});

const authority = certificate('Test authority');
const workers = certificate('drawbridge', { issuer: authority });
const backends = certificate('Backend', { issuer: authority, host: HOST });
const scratch = temporaryFolder();
for (const [name, text] of Object.entries({
  TLS_CERT: backends.cert,
  TLS_KEY: backends.key,
  CLIENT_CA: authority.cert,
})) {
  process.env[name] = join(scratch, name);
  writeFileSync(process.env[name], text);
}
const { serve } = await import('../../examples/backend/mtls.mjs');

/** A backend that accepts a certificate and answers with its name. */
const asksForCertificate = serve((req, res) => res.end(req.socket.getPeerCertificate().subject.CN));

const assertingUrl = await listening(asserting);
await listening(asksForCertificate);
const mtlsPort = portOf(asksForCertificate);

const all = await startAll({
  bindings: { ASSERTION_KEY: JSON.stringify(await newAssertionKey()), ORIGIN_SECRET: SECRET },
  simulation: { backend: { settings: { sharedSecret: { header: 'x-origin-secret', value: SECRET } } } },
  services: {
    BOUND: 'export default { fetch: (request) => new Response(request.headers.get("x-verified-user")) };',
    // An mtls_certificates binding is, for the runtime, a service that is reached with this certificate.
    BACKEND_CERT: {
      type: 'external',
      address: `127.0.0.1:${mtlsPort}`,
      https: {
        certificateHost: HOST,
        tlsOptions: {
          keypair: { privateKey: workers.key, certificateChain: workers.cert },
          trustedCertificates: [authority.cert],
        },
      },
    },
  },
  change: (config, { backend }) => ({
    ...config,
    public_url: PUBLIC_URL,
    unmatched: 'deny',
    upstreams: {
      asserted: { url: assertingUrl, assertion: { signing_key_secret_name: 'ASSERTION_KEY', audience: AUDIENCE } },
      secret: { url: backend.url, shared_secret: { header: 'x-origin-secret', secret_name: 'ORIGIN_SECRET' } },
      bound: { url: 'https://backend.internal', binding: 'BOUND' },
      mtls: { url: `https://${HOST}`, binding: 'BACKEND_CERT' },
    },
    routes: ['asserted', 'secret', 'bound', 'mtls'].map((upstream) => ({
      path: `/${upstream}`,
      providers: ['jtl'],
      upstream,
    })),
  }),
});
after(all.close);
const { backend, jtl, worker } = all;

/** Headers by which a caller could try to pass for the worker. */
const forged = {
  'x-verified-user': 'user-1',
  'x-verified-assertion': 'forged',
  'x-origin-secret': 'guessed',
  'x-client-cert': 'forged',
  'cf-connecting-ip': '127.0.0.1',
};
const through = async (path) => send(worker.url, path, { headers: { 'x-session-id': await jtl.sessionToken() } });
const straight = (origin, path, headers = {}) => send(origin, path, { headers: { ...forged, ...headers } });

describe('an assertion', () => {
  it('is on what comes through the worker, and not on what comes straight', async () => {
    const { status, body } = await through('/asserted');
    assert.deepEqual([status, body.toString()], [200, 'user-1']);
    assert.equal((await straight(assertingUrl, '/asserted')).status, 403);
    assert.equal(
      (
        await straight(assertingUrl, '/asserted', {
          'x-session-id': await jtl.sessionToken(),
          'x-verified-assertion': await jtl.sessionToken(),
        })
      ).status,
      403,
    );
  });
});

describe('a shared secret', () => {
  it('is on what comes through the worker, and not on what comes straight', async () => {
    assert.equal((await through('/secret')).status, 200);
    assert.equal((await straight(backend.url, '/secret', { 'x-session-id': await jtl.sessionToken() })).status, 403);
  });
});

describe('a service binding', () => {
  it('is the only way to a worker without an address', async () => {
    const { status, body } = await through('/bound');
    assert.deepEqual([status, body.toString()], [200, 'user-1']);
    // The only address leads to Drawbridge, whatever the name.
    for (const host of ['backend.internal', 'bound', 'bound.example.workers.dev']) {
      const { status: refused, body: problem } = await straight(worker.url, '/bound', { host });
      assert.deepEqual([refused, JSON.parse(problem.toString()).code], [400, 'token_missing'], host);
    }
  });
});

describe('a client certificate', () => {
  it('is shown by the worker, and by nobody who comes straight', async () => {
    const { status, body } = await through('/mtls');
    assert.deepEqual([status, body.toString()], [200, 'drawbridge']);
    for (const other of [
      {},
      certificate('drawbridge'),
      certificate('drawbridge', { issuer: certificate('Test authority') }),
    ]) {
      await assert.rejects(handshake(other), { code: /^(ERR_SSL_|ECONNRESET|EPIPE)/ });
    }
    assert.equal(await handshake(workers), 200);
  });

  /**
   * Returns the status of a request to the backend with this certificate.
   *
   * @param {{ cert?: string, key?: string | Buffer }} certificate
   */
  function handshake({ cert, key }) {
    return new Promise((resolve, reject) => {
      const options = {
        port: mtlsPort,
        host: '127.0.0.1',
        servername: HOST,
        ca: authority.cert,
        cert,
        key,
        headers: { host: HOST, ...forged },
        agent: false,
      };
      const request = https.get(options, (res) => resolve(res.resume().statusCode)).on('error', reject);
      request.setTimeout(30_000, () => request.destroy(new Error('silence')));
    });
  }
});
