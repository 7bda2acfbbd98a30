// Requests from other origins: whose rules apply, and what they leave unchanged.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { listen } from '../../sim/listen.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { inSession } from './support/credentials.mjs';

/** @typedef {import('../../testing/exchange.mjs').Sent} Sent */

const HUB = 'https://hub.example';
const LOCAL = 'http://localhost:5173';
const STRANGER = 'https://stranger.example';
const RULES = {
  allowed_origins: [HUB, LOCAL],
  allowed_headers: ['Content-Type', 'X-Session-ID'],
  exposed_headers: ['X-Total'],
  allow_credentials: true,
  max_age_seconds: 300,
};
const routes = [
  { path: '/public/*', access: 'public', upstream: 'talkative' },
  { path: '/talkative/*', upstream: 'talkative' },
  { path: '/me', respond: 'session' },
  { path: '/read', methods: ['GET'], access: 'public', upstream: 'talkative' },
  { path: '/read', methods: ['POST'] },
];

// A backend with rules of its own.
const ITS_OWN = [
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Credentials', 'true'],
  ['Access-Control-Expose-Headers', 'X-Secret'],
  ['Access-Control-Max-Age', '9'],
  ['Access-Control-Allow-Private-Network', 'true'],
];
const OTHERS = [
  ['Set-Cookie', 'a=1; Path=/'],
  ['Set-Cookie', 'b=2; Path=/; Expires=Wed, 01 Jan 2099 00:00:00 GMT'],
  ['Content-Type', 'text/plain'],
  ['X-Total', '3'],
];
/** What the talkative backend has received. */
let told = [];
const talkative = http.createServer((req, res) => {
  told.push({ method: req.method, url: req.url, headers: req.headers });
  const { searchParams } = new URL(req.url, 'http://x');
  const asked = ['Vary', 'Content-Encoding'].flatMap((name) => searchParams.getAll(name).map((value) => [name, value]));
  res.writeHead(201, 'Made', [...ITS_OWN, ...OTHERS, ...asked].flat()).end('made');
});
const talkativeUrl = await listen(talkative);

const all = await startAll({
  change: ({ providers: [, jtl], ...config }, { backend }) => ({
    ...config,
    providers: [jtl],
    routes,
    cors: RULES,
    upstreams: { origin: { url: backend.url }, talkative: { url: talkativeUrl } },
  }),
});
const { jtl, backend } = all;
after(() => {
  talkative.close();
  talkative.closeAllConnections();
  return all.close();
});
beforeEach(() => {
  backend.reset();
  told = [];
});

/** Starts another worker with these rules, or with none. */
async function withRules(cors, more = {}) {
  const { cors: _, ...config } = all.options.config;
  const worker = await startWorker({ ...all.options, config: { ...config, ...more, ...(cors && { cors }) } });
  after(worker.dispose);
  return worker;
}

const session = async () => inSession(await jtl.sessionToken());
const preflight = (origin, method = 'GET', headers = {}) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': method, ...headers },
});
const untouched = () => assert.deepEqual([backend.counters.connections, told.length], [0, 0]);

/** Returns the fields of an answer that are about other origins, by name. */
function aboutOrigins({ pairs }) {
  const found = pairs.filter(([name]) => name.startsWith('access-control-') || name === 'vary');
  assert.equal(new Set(found.map(([name]) => name)).size, found.length, JSON.stringify(found));
  return Object.fromEntries(found);
}

const NOBODY = { vary: 'Origin' };
const allowed = (origin) => ({
  vary: 'Origin',
  'access-control-allow-origin': origin,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'x-total',
});

describe('a preflight', () => {
  const { 'access-control-expose-headers': _, ...common } = allowed(HUB);
  const GRANTED = {
    ...common,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'content-type, x-session-id',
    'access-control-max-age': '300',
  };

  for (const path of ['/public/x', '/talkative/x', '/me', '/read', '/other', '/']) {
    it(`is answered at the edge: ${path}`, async () => {
      const answer = await send(
        all.worker.url,
        path,
        preflight(HUB, 'POST', { 'access-control-request-headers': 'x-anything' }),
      );
      assert.deepEqual([answer.status, answer.body.length, answer.headers['cache-control']], [204, 0, 'no-store']);
      assert.deepEqual(aboutOrigins(answer), GRANTED);
      untouched();
    });
  }

  it('names the origin that asks', async () => {
    assert.equal(
      aboutOrigins(await send(all.worker.url, '/me', preflight(LOCAL)))['access-control-allow-origin'],
      LOCAL,
    );
  });

  for (const origin of [
    STRANGER,
    'null',
    `${HUB}:443`,
    `${HUB}.evil`,
    `${HUB}/`,
    HUB.toUpperCase(),
    'http://hub.example',
    'http://localhost:5174',
    '*',
    `${HUB}, ${LOCAL}`,
  ]) {
    it(`of ${origin} is granted nothing`, async () => {
      const answer = await send(all.worker.url, '/me', preflight(origin));
      assert.deepEqual([answer.status, aboutOrigins(answer)], [204, NOBODY]);
      untouched();
    });
  }

  it('is answered where nothing else is', async () => {
    const denying = await withRules(RULES, { unmatched: 'deny' });
    assert.deepEqual(aboutOrigins(await send(denying.url, '/other', preflight(HUB))), GRANTED);
    untouched();
  });
});

describe('what is no preflight is an ordinary request', () => {
  for (const [what, method, headers] of /** @type {[string, string, object][]} */ ([
    ['OPTIONS without Origin', 'OPTIONS', { 'access-control-request-method': 'GET' }],
    ['OPTIONS without the method that would follow', 'OPTIONS', { origin: HUB }],
    ['OPTIONS with an empty one', 'OPTIONS', { origin: HUB, 'access-control-request-method': '' }],
    ['GET that looks like one', 'GET', { origin: HUB, 'access-control-request-method': 'GET' }],
  ])) {
    it(what, async () => {
      const refused = await send(all.worker.url, '/talkative/x', { method, headers });
      assert.deepEqual([refused.status, JSON.parse(refused.body.toString()).code], [400, 'token_missing']);
      untouched();
      assert.equal((await send(all.worker.url, '/public/x', { method, headers })).status, 201);
      assert.equal(
        (await send(all.worker.url, '/talkative/x', { method, headers: { ...headers, ...(await session()) } })).status,
        201,
      );
      assert.deepEqual(
        told.map((request) => request.method),
        [method, method],
      );
    });
  }
});

describe('a refusal', () => {
  for (const [code, target, request] of /** @type {[string, string, Sent][]} */ ([
    ['token_missing', '/other', {}],
    ['token_malformed', '/other', { headers: { 'x-session-id': 'x' } }],
    ['path_ambiguous', '/a/../b', {}],
    ['method_not_allowed', '/read', { method: 'PUT' }],
  ])) {
    for (const [origin, expected] of [
      [HUB, allowed(HUB)],
      [STRANGER, NOBODY],
      [undefined, NOBODY],
    ]) {
      it(`can be read by an allowed origin only: ${code}, ${origin ?? 'none'}`, async () => {
        const answer = await send(all.worker.url, target, {
          ...request,
          headers: { ...request.headers, ...(origin && { origin }) },
        });
        assert.deepEqual([JSON.parse(answer.body.toString()).code, aboutOrigins(answer)], [code, expected]);
        untouched();
      });
    }
  }

  it('of a backend that is not there can be read as well', async () => {
    const worker = await withRules(RULES, { routes: [], upstreams: { origin: { url: 'http://127.0.0.1:1' } } });
    const answer = await send(worker.url, '/', { headers: { origin: HUB, ...(await session()) } });
    assert.deepEqual(
      [JSON.parse(answer.body.toString()).code, aboutOrigins(answer)],
      ['upstream_unreachable', allowed(HUB)],
    );
  });
});

describe('an answer', () => {
  for (const [origin, expected] of [
    [HUB, allowed(HUB)],
    [STRANGER, NOBODY],
    [undefined, NOBODY],
  ]) {
    it(`of a backend has our rules instead of its own: ${origin ?? 'no origin'}`, async () => {
      for (const path of ['/public/x', '/talkative/x']) {
        const answer = await send(all.worker.url, path, {
          headers: { ...(origin && { origin }), ...(await session()) },
        });
        assert.deepEqual([answer.status, answer.body.toString(), aboutOrigins(answer)], [201, 'made', expected]);
        const others = answer.pairs.filter(
          ([name]) => !/^(access-control-.*|vary|date|connection|transfer-encoding|keep-alive)$/.test(name),
        );
        assert.deepEqual(others.sort(), OTHERS.map(([name, value]) => [name.toLowerCase(), value]).sort());
      }
    });
  }

  for (const [vary, expected] of /** @type {[string[], string][]} */ ([
    [['Accept-Encoding'], 'Accept-Encoding, Origin'],
    [['Accept-Encoding', 'Accept'], 'Accept-Encoding, Accept, Origin'],
    [['accept, ORIGIN'], 'accept, ORIGIN'],
    [['X-Origin'], 'X-Origin, Origin'],
    [['*'], '*'],
  ])) {
    it(`varies by what the backend says and by origin: ${vary.join(' and ')}`, async () => {
      const { headers } = await send(
        all.worker.url,
        `/public/x?${vary
          .map((value) => `Vary=${value}`)
          .join('&')
          .replaceAll(' ', '%20')}`,
        { headers: { origin: HUB } },
      );
      assert.equal(headers.vary, expected);
    });
  }

  it('with the session can be read by an allowed origin only', async () => {
    for (const [origin, expected] of [
      [HUB, allowed(HUB)],
      [STRANGER, NOBODY],
    ]) {
      const answer = await send(all.worker.url, '/me', { headers: { origin, ...(await session()) } });
      assert.deepEqual(
        [answer.status, JSON.parse(answer.body.toString()).success, aboutOrigins(answer)],
        [200, true, expected],
      );
    }
  });
});

describe('with rules of our own, everything else in an answer stays as it is', { timeout: 20_000 }, () => {
  const comparable = (pairs) =>
    pairs.filter(([name]) => !/^(date|connection|transfer-encoding|vary|access-control-.*)$/.test(name)).sort();

  for (const target of [
    '/status/204',
    '/status/304',
    '/status/404',
    '/status/500',
    '/status/599',
    '/redirect',
    '/bytes/0',
    '/bytes/100000',
    '/chunked/100000',
    '/gzip',
    '/cookies',
    '/file',
    '/sse?count=2&interval=1',
  ]) {
    for (const method of ['GET', 'HEAD']) {
      it(`${method} ${target}`, async () => {
        const { status, pairs, body } = await send(backend.url, target, { method });
        const answer = await send(all.worker.url, target, { method, headers: { origin: HUB, ...(await session()) } });
        assert.deepEqual(
          { status: answer.status, pairs: comparable(answer.pairs), body: answer.body },
          { status, pairs: comparable(pairs), body },
        );
        assert.deepEqual(aboutOrigins(answer), allowed(HUB));
      });
    }
  }

  it('a compressed body, whatever the caller accepts', async () => {
    for (const encoding of ['gzip', 'identity', 'br, gzip']) {
      const answer = await send(all.worker.url, '/gzip', {
        headers: { origin: HUB, 'accept-encoding': encoding, ...(await session()) },
      });
      assert.equal(answer.headers['content-encoding'], 'gzip');
      assert.deepEqual(JSON.parse(gunzipSync(answer.body).toString()), { compressed: true });
    }
  });

  for (const encoding of ['gzip', 'GZIP', 'br', 'deflate', 'zstd', 'gzip, br', 'identity']) {
    it(`a body said to be encoded, whether it is or not: ${encoding}`, async () => {
      const answer = await send(all.worker.url, `/public/x?Content-Encoding=${encoding.replace(' ', '%20')}`, {
        headers: { origin: HUB },
      });
      assert.deepEqual([answer.headers['content-encoding'], answer.body.toString()], [encoding, 'made']);
    });
  }

  it('a WebSocket', async () => {
    // Node's own WebSocket takes headers, which the standard does not know.
    const options = /** @type {any} */ ({ headers: { origin: HUB, ...(await session()) } });
    const socket = new WebSocket(`${all.worker.url.replace('http', 'ws')}/upgrade`, options);
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
  });
});

describe('where every origin is allowed', async () => {
  const worker = await withRules({ allowed_origins: ['*'] });

  it('none is named, and there are no credentials', async () => {
    for (const origin of [STRANGER, 'null']) {
      const first = await send(worker.url, '/public/x', preflight(origin));
      assert.deepEqual(aboutOrigins(first), {
        vary: 'Origin',
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-max-age': '600',
      });
      for (const [path, headers] of /** @type {[string, object][]} */ ([
        ['/public/x', {}],
        ['/talkative/x', await session()],
        ['/talkative/x', {}],
      ])) {
        const answer = await send(worker.url, path, { headers: { origin, ...headers } });
        assert.deepEqual(aboutOrigins(answer), { vary: 'Origin', 'access-control-allow-origin': '*' });
      }
    }
  });
});

describe('without rules of our own', async () => {
  const worker = await withRules(undefined);

  it('the backend’s are passed on', async () => {
    for (const headers of [{ origin: STRANGER }, {}]) {
      const answer = await send(worker.url, '/public/x?Vary=Accept', { headers });
      const expected = [...ITS_OWN, ['Vary', 'Accept']].map(([name, value]) => [name.toLowerCase(), value]);
      assert.deepEqual(aboutOrigins(answer), Object.fromEntries(expected));
    }
  });

  it('a preflight passes on a public route, with all it asks for', async () => {
    const answer = await send(
      worker.url,
      '/public/x',
      preflight(STRANGER, 'PUT', { 'access-control-request-headers': 'x-a' }),
    );
    assert.deepEqual([answer.status, answer.headers['access-control-max-age']], [201, '9']);
    const [{ method, headers }] = told;
    assert.deepEqual(
      [method, headers.origin, headers['access-control-request-method'], headers['access-control-request-headers']],
      ['OPTIONS', STRANGER, 'PUT', 'x-a'],
    );
  });

  it('a preflight goes where the request that it announces would go', async () => {
    assert.equal((await send(worker.url, '/read', preflight(STRANGER, 'GET'))).status, 201);
    assert.equal(told.length, 1);
    for (const method of ['POST', 'PUT']) {
      const { status } = await send(worker.url, '/read', preflight(STRANGER, method));
      assert.ok([400, 405].includes(status), `${method}: ${status}`);
    }
    assert.equal(told.length, 1);
  });

  it('a preflight is refused elsewhere, without a word about origins', async () => {
    for (const path of ['/talkative/x', '/me', '/other']) {
      const answer = await send(worker.url, path, preflight(HUB));
      assert.deepEqual(
        [answer.status, JSON.parse(answer.body.toString()).code, aboutOrigins(answer)],
        [400, 'token_missing', {}],
      );
    }
    untouched();
  });
});
