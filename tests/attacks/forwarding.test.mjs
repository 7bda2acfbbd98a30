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
