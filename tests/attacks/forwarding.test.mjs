// Fields that change what a backend sees of a request, and answers that are none.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { codeOf, converse } from '../../testing/exchange.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { startRecorder } from '../workerd/support/fidelity/recorder.mjs';
import { asCgi, spellings } from '../workerd/support/spellings.mjs';
import { attacksOf, startRig } from './rig.mjs';

const BASIC = `Basic ${Buffer.from('drawbridge:secret').toString('base64')}`;
const PUBLIC_URLS = ['https://api.example.com', 'https://api.example.org:8443'];
const rig = await startRig();
const attack = attacksOf('forwarding', rig);
const recorder = await startRecorder();
const { jtl } = rig;

// The same providers, in front of a backend that notes every line as it stands on the wire.
const { url } = recorder;
const config = {
  ...rig.options.config,
  public_url: PUBLIC_URLS,
  unmatched: 'deny',
  providers: rig.options.config.providers.map((provider) =>
    provider.name === 'login' ? { ...provider, header: 'authorization' } : provider,
  ),
  upstreams: {
    origin: { url, shared_secret: { header: 'x-origin-secret', secret_name: 'ORIGIN_SECRET' } },
    cached: { url, cache: 'default' },
    basic: { url, shared_secret: { header: 'Authorization', secret_name: 'BASIC_SECRET' } },
  },
  routes: [
    { path: '/session/*', providers: ['jtl', 'login'] },
    { path: '/open/*', access: 'public' },
    { path: '/cached/*', access: 'public', upstream: 'cached' },
    { path: '/basic/*', providers: ['jtl', 'login'], upstream: 'basic' },
    { path: '/open-basic/*', access: 'public', upstream: 'basic' },
  ],
};
const options = { ...rig.options, config, bindings: { ...rig.options.bindings, BASIC_SECRET: BASIC } };
const worker = await startWorker(options);
after(async () => {
  await worker.dispose();
  await recorder.close();
});

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const answerWith = (answer) =>
  recorder.answerWith(async ({ wire, body }) => {
    await body();
    await wire.write(answer);
  });
answerWith(OK);

const session = async () => `X-Session-ID: ${await jtl.sessionToken()}`;

/** Sends these lines. Returns the refusal's code or the status, the answer, and what reached the backend. */
async function ask(target, lines, { method = 'GET', host = 'api.example.com', origin = worker.url } = {}) {
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, 'Connection: close'];
  const [answer] = await converse(origin, `${head.join('\r\n')}\r\n\r\n`);
  return { code: codeOf(answer), answer, arrived: await recorder.take() };
}

/** Expects that the request arrives. Returns the lines, with names in lower case. */
async function arrives(target, lines, request) {
  const { code, arrived } = await ask(target, lines, request);
  assert.deepEqual([code, arrived.length], [200, 1], lines.join().slice(0, 300));
  return arrived[0].fields.map(([name, value]) => [name.toLowerCase(), value]);
}

const valuesOf = (fields, name) => fields.filter(([found]) => asCgi(found) === asCgi(name)).map(([, value]) => value);

attack('a public route’s answer to one caller is cached for all', async () => {
  const isNoStore = async (lines) => valuesOf(await arrives('/cached/x', lines), 'cache-control').length > 0;
  assert.equal(await isNoStore(['Accept: a/b', 'X-Authorization: a', 'X-Session: a']), false);
  for (const name of ['Authorization', 'AUTHORIZATION', 'Cookie', ...spellings('x-session-id')])
    assert.equal(await isNoStore([`${name}: Bearer a`]), true, name);
  const { public_url: _, ...without } = config;
  const faulty = await startWorker({ ...options, config: without });
  assert.equal((await ask('/cached/x', [], { origin: faulty.url })).code, 'misconfigured');
  await faulty.logged({ event: 'misconfigured' });
  await faulty.dispose();
});

attack('a secret in authorization is written by the caller, or sent to another backend', async () => {
  const login = `Authorization: Bearer ${await jtl.appToken()}`;
  for (const lines of [[await session()], [login]])
    assert.deepEqual(valuesOf(await arrives('/basic/x', lines), 'authorization'), [BASIC]);
  for (const lines of [[], ['Authorization: Basic YTpi'], ['authorization: Bearer a', 'Authorization: b']])
    assert.deepEqual(valuesOf(await arrives('/open-basic/x', lines), 'authorization'), [BASIC]);
  // Every other backend has credentials of its own there, on public routes, and no secret.
  for (const value of ['Basic YTpi', 'Bearer a'])
    assert.deepEqual(valuesOf(await arrives('/open/x', [`Authorization: ${value}`]), 'authorization'), [value]);
  assert.deepEqual(valuesOf(await arrives('/session/x', [login]), 'authorization'), []);
  assert.deepEqual(
    valuesOf(await arrives('/open/x', ['X-Origin-Secret: a', 'X_Origin.Secret: b']), 'x-origin-secret'),
    [rig.options.bindings.ORIGIN_SECRET],
  );
});

// The fields that make some backend see another method, path, host or scheme, by name.
const ANOTHER_REQUEST = [
  ...['method', 'url', 'uri', 'host', 'proto', 'prefix'].map((name) => `x-original-${name}`),
  ...['prefix', 'uri', 'path', 'method', 'port', 'scheme', 'ssl', 'protocol', 'server', 'context', 'original-uri'].map(
    (name) => `x-forwarded-${name}`,
  ),
  ...['forwarded', 'x-rewrite-url', 'script-name', 'x-script-name', 'path-info', 'x-matched-path'],
  ...['path', 'host', 'method'].map((name) => `x-envoy-original-${name}`),
  ...['x-middleware-subrequest', 'x-middleware-next', 'x-middleware-', 'x-invoke-path', 'x-invoke-status'],
  ...['front-end-https', 'x-url-scheme', 'x-scheme', 'x-host', 'x-http-host-override', 'x-vhm-root', 'x-vhm-host'],
  ...['x-now-route-matches', 'x-astro-path', 'x-sendfile-type', 'x-accel-mapping', '$wssn', '$wssc'],
];
const OURS = ['x-forwarded-host', 'x-forwarded-proto'];
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];
// What is near these names and changes nothing. It must arrive.
const OTHERS = ['X-Forwarded-For', 'X-Forwarded-User', 'X-Real-IP', 'X-Original', 'X-Middleware', 'XForwarded-Uri'];

attack('the identity is cut off by too many fields', async () => {
  const own = await session();
  const names = (count) => Array.from({ length: count }, (_, index) => `x-field-${index}: ${index}`);
  const IDENTITY = ['provider', 'user', 'tenant', 'tenant-slug', 'expires'].map((name) => `x-verified-${name}`);
  const isWhole = (fields) => {
    const found = [...IDENTITY, ...OURS, 'x-origin-secret'].map((name) => valuesOf(fields, name).length);
    assert.deepEqual([...new Set(found)], [1]);
  };
  // `Host`, `Connection` and the token count as well.
  const headers = 3;
  for (const [count, allowed] of /** @type {[number, boolean][]} */ ([
    [127 - headers, true],
    [128 - headers, true],
    [129 - headers, false],
    [991, false],
  ])) {
    const { code, answer, arrived } = await ask('/session/x', [own, ...names(count)]);
    assert.deepEqual([code, arrived.length], allowed ? [200, 1] : ['headers_too_many', 0], String(count));
    if (allowed) isWhole(arrived[0].fields);
    else assert.equal(answer.status, 431);
    assert.equal((await ask('/open/x', names(count + 1))).code, code);
  }
  for (const [line, expected] of /** @type {[string, string[]][]} */ ([
    ['a:', [Array(991).fill('').join(', ').trim()]],
    ['a: b', [Array(991).fill('b').join(', ')]],
    ['Set-Cookie: b', [Array(991).fill('b').join(', ')]],
    ['Cookie: b', [Array(991).fill('b').join(', ')]],
    ['Accept: b', [Array(991).fill('b').join(', ')]],
    ['X_A.b: b,c', [Array(991).fill('b,c').join(', ')]],
  ])) {
    const fields = await arrives('/session/x', [own, ...Array(991).fill(line)]);
    isWhole(fields);
    assert.deepEqual(valuesOf(fields, line.split(':')[0]), expected);
    assert.ok(fields.length < 30, String(fields.length));
  }
  assert.deepEqual(valuesOf(await arrives('/session/x', [own, 'a:', 'a:', 'a:']), 'a'), [', ,']);
  // Bytes that are not UTF-8 must stay what they are, and cut nothing off either.
  const latin = await arrives('/session/x', [own, 'X-Latin: caf\xe9, na\xefve', 'X-Latin: \xe9']);
  assert.equal(valuesOf(latin, 'x-latin').join(', '), 'caf\xe9, na\xefve, \xe9');
  const many = [...Array(500).fill('X-Latin: \xe9'), ...Array(491).fill('X-Other: \xe9')];
  const bounded = await arrives('/session/x', [own, ...many]);
  isWhole(bounded);
  assert.ok(bounded.length < 200, String(bounded.length));
  // Commas are not counted.
  const honest = [
    `Accept: ${Array.from({ length: 300 }, (_, index) => `a/${index};q=0.1`).join(', ')}`,
    `baggage: ${Array.from({ length: 600 }, (_, index) => `k${index}=v`).join(',')}`,
    `X-List: ${Array.from({ length: 1200 }, (_, index) => index).join(', ')}`,
  ];
  const fields = await arrives('/session/x', [own, ...honest]);
  isWhole(fields);
  for (const line of honest) {
    const [name, value] = line.split(': ');
    assert.deepEqual(valuesOf(fields, name), [value]);
  }
});

attack('a field names another method, path, host or scheme', async () => {
  for (const [target, own] of [
    ['/open/x', []],
    ['/session/x', [await session()]],
    ['/basic/x', [await session()]],
  ]) {
    const isOpen = own.length === 0;
    const names = [...ANOTHER_REQUEST, ...OURS, ...(isOpen ? OVERRIDES : [])].flatMap(spellings);
    for (let at = 0; at < names.length; at += 60) {
      const lines = names.slice(at, at + 60).map((name) => `${name}: forged`);
      const fields = await arrives(target, [...own, ...lines, ...OTHERS.map((name) => `${name}: stays`)]);
      assert.doesNotMatch(JSON.stringify(fields), /forged/);
      assert.deepEqual(
        fields.filter(([, value]) => value === 'stays').map(([name]) => name),
        OTHERS.map((name) => name.toLowerCase()).sort(),
      );
      assert.deepEqual(OURS.map((name) => valuesOf(fields, name)).flat(), ['api.example.com', 'https']);
    }
  }
});

attack('a method override changes what was judged', async () => {
  const own = await session();
  for (const name of OVERRIDES.flatMap(spellings)) {
    const { code, answer, arrived } = await ask('/session/x', [own, `${name}: DELETE`], { method: 'POST' });
    assert.deepEqual([code, answer.status, arrived], ['method_ambiguous', 400, []], name);
    for (const value of ['POST', 'post', ' ', '']) {
      const { code, arrived } = await ask('/session/x', [own, `${name}: ${value}`], { method: 'POST' });
      assert.deepEqual([code, arrived.length], [200, 1], `${name}: ${value}`);
      assert.doesNotMatch(JSON.stringify(arrived), /method.?override|http.?method/i);
    }
  }
  for (const lines of [
    ['X-HTTP-Method-Override: POST', 'x-http-method-override: POST'],
    ['X-HTTP-Method-Override: POST', 'X_HTTP_Method_Override: PUT'],
    ['X-HTTP-Method: PO\u00c5\u00bfT'],
    ['X-Method-Override: \xff'],
  ]) {
    const { code, arrived } = await ask('/session/x', [own, ...lines], { method: 'POST' });
    assert.deepEqual([code, arrived], ['method_ambiguous', []], String(lines));
  }
  // The log has the whole line of such a refusal.
  const line = await worker.logged({ event: 'request', code: 'method_ambiguous' });
  assert.deepEqual([line.provider, line.status, 'upstream_ms' in line], ['jtl', 400, false]);
});

attack('a caller chooses the host of absolute URLs', async () => {
  const told = async (target, lines, request) => {
    const fields = await arrives(target, lines, request);
    return OURS.map((name) => valuesOf(fields, name).join('|')).join(' ');
  };
  const own = [await session()];
  for (const [target, lines] of [
    ['/open/x', []],
    ['/session/x', own],
  ]) {
    assert.equal(await told(target, lines, { host: 'api.example.org:8443' }), 'api.example.org:8443 https');
    for (const host of ['api.example.com', 'attacker.example', 'api.example.org', 'API.example.com'])
      assert.equal(await told(target, lines, { host }), 'api.example.com https');
  }
  // A cache has one answer for all public hosts.
  assert.equal(await told('/cached/x', [], { host: 'api.example.org:8443' }), 'api.example.com https');
});

attack('an answer that is none ends in an exception', async () => {
  const origin = 'https://hub.example';
  const changes = {
    plain: {},
    cors: { cors: { allowed_origins: [origin] } },
    timing: { log: { server_timing: true } },
  };
  const tenantCall = {
    routes: [...config.routes, { path: '/erp/*', providers: ['jtl'], upstream: 'erp' }],
    upstreams: { ...config.upstreams, erp: { url, access_token_of: 'jtl' } },
  };
  /** @type {[string, object][]} */
  const answers = [
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', changes],
    ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n', changes],
    ...[600, 601, 700, 999].map(
      (status) => /** @type {[string, object]} */ ([`HTTP/1.1 ${status} X\r\nContent-Length: 3\r\n\r\nabc`, changes]),
    ),
    // The runtime reads this text and does not write it.
    ['HTTP/1.1 200 a\tb\r\nContent-Length: 3\r\n\r\nabc', { cors: 1, timing: 1 }],
    ['HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n', changes],
    ['HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n', changes],
  ];
  const own = [await session(), `Origin: ${origin}`, 'CF-Ray: 8f0-FRA'];
  for (const [name, change] of Object.entries(changes)) {
    const other = await startWorker({ ...options, config: { ...config, ...tenantCall, ...change } });
    for (const [bytes, ways] of answers) {
      if (!(name in ways)) continue;
      answerWith(bytes);
      for (const target of ['/session/x', '/open/x', '/erp/x']) {
        const path = `${target}/${answers.findIndex(([found]) => found === bytes)}`;
        const { code, answer, arrived } = await ask(path, own, { origin: other.url });
        assert.deepEqual([code, answer.status, arrived.length], ['upstream_unreachable', 502, 1], `${name} ${bytes}`);
        assert.equal(JSON.parse(answer.body).instance, '8f0-FRA');
        assert.equal(
          answer.headers['access-control-allow-origin']?.replace(': ', ':'),
          name === 'cors' ? origin : undefined,
        );
        const { outcome, status } = await other.logged({ event: 'request', path });
        assert.deepEqual([outcome, status], ['refused', 502]);
      }
    }
    answerWith(OK);
    assert.equal((await ask('/session/x', own, { origin: other.url })).code, 200);
    await other.dispose();
  }
});
