// The same requests go directly to a backend and through the worker. Both sides see the same, except for the
// differences in support/fidelity/differences.mjs.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { CASES } from '../support/fidelity/cases.mjs';
import { ANOTHER_KEY, DIFFERENCES, inOneOrder } from '../support/fidelity/differences.mjs';
import { documents } from '../support/fidelity/document.mjs';
import passingOn from '../support/fidelity/passing-on.mjs';
import { startRecorder } from '../support/fidelity/recorder.mjs';
import { Caller } from '../support/fidelity/script.mjs';
import { KEY } from '../support/fidelity/websockets.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';

const ORIGIN = 'https://hub.example';
const recorder = await startRecorder();
const all = await startAll({
  change: ({ providers: [, jtl], ...config }) => ({
    ...config,
    providers: [jtl],
    upstreams: { origin: { url: recorder.url } },
  }),
});
const other = (more, upstream = {}) =>
  startWorker({
    ...all.options,
    config: { ...all.options.config, ...more, upstreams: { origin: { url: recorder.url, ...upstream } } },
  });
const open = { routes: [{ path: '/*', access: 'public' }], unmatched: 'deny' };
const workers = {
  passing: await startWorker({ config: {}, bindings: { BACKEND: recorder.url }, main: passingOn, kv: false }),
  public: await other(open),
  cached: await other({ ...open, public_url: 'https://api.example.com' }, { cache: 'default' }),
  cors: await other({ cors: { allowed_origins: [ORIGIN] } }),
};
after(async () => {
  await recorder.close();
  await all.close();
  for (const worker of Object.values(workers)) await worker.dispose();
});

const exp = Math.floor(Date.now() / 1000) + 3600;
const token = await all.jtl.sessionToken({ claims: { exp } });
const identity = Object.entries({
  provider: 'jtl',
  user: 'user-1',
  tenant: 'tenant-1',
  'tenant-slug': 'tenant-one',
  expires: String(exp),
}).map(([name, value]) => [`x-verified-${name}`, value]);
const always = [
  ['Host', 'api.example.com'],
  ['X-Session-ID', token],
];

const common = { drawbridge: true, identity: [], cors: undefined, cached: false, backend: recorder.url };
const WAYS = [
  { ...common, name: 'a worker that only passes it on', origin: workers.passing.url, drawbridge: false },
  { ...common, name: 'a public route', origin: workers.public.url },
  { ...common, name: 'a public route to an upstream that may be cached', origin: workers.cached.url, cached: true },
  { ...common, name: 'a session route', origin: all.worker.url, identity },
  { ...common, name: 'a session route with rules for other origins', origin: workers.cors.url, identity, cors: ORIGIN },
];

/** Returns what the backend and the caller see of one exchange. */
async function observe(origin, make, fields = always) {
  const { caller: call, backend } = make();
  recorder.answerWith(backend);
  const caller = new Caller(origin, fields);
  const answers = await call(caller);
  caller.wire.destroy();
  return { requests: await recorder.take(), answers };
}

/** Returns what must be seen on that way, and the differences that apply to it. */
function expectedOf(direct, way) {
  const expected = structuredClone(direct);
  // The answer to a request with a credential is never cached, so the cached upstream gets requests without it.
  if (way.cached)
    for (const request of expected.requests) request.fields = request.fields.filter(([, value]) => value !== token);
  const differences = DIFFERENCES.filter(({ by }) => by === 'runtime' || way.drawbridge).filter((difference) => {
    const before = JSON.stringify(expected);
    difference.change(expected, direct, way);
    return JSON.stringify(expected) !== before;
  });
  return { expected, differences };
}

/**
 * Puts everything in one order. Our refusals become their codes, and the key of a handshake becomes the
 * caller's or another.
 */
function comparable({ requests, answers }) {
  return { requests: requests.map(ordered), answers: answers.map((answer) => refusal(answer) ?? ordered(answer)) };
}

const ordered = (head) => (head.fields ? { ...head, fields: inOneOrder(head.fields).map(withoutKey) } : head);
const withoutKey = ([name, value]) => [name, name === 'Sec-WebSocket-Key' && value !== KEY ? ANOTHER_KEY : value];

function refusal({ start, fields, body }) {
  const field = (name) => fields?.find(([found]) => found === name)?.[1];
  if (field('x-error')) return { error: field('x-error') };
  if (field('Content-Type') !== 'application/problem+json') return undefined;
  return {
    status: Number(start.split(' ')[1]),
    ...(body.text && { code: JSON.parse(body.text).code }),
    ...(field('Vary') && { vary: field('Vary') }),
  };
}

const shown = new Map(WAYS.map((way) => [way, new Set()]));

describe('the same, directly and through the worker', () => {
  for (const { name, make } of CASES) {
    it(name, async () => {
      const direct = await observe(recorder.url, make);
      assert.equal(direct.requests.length, 1);
      for (const way of WAYS) {
        const actual = await observe(way.origin, make, way.cached ? always.slice(0, 1) : always);
        const { expected, differences } = expectedOf(direct, way);
        assert.deepEqual(comparable(actual), expected, `${way.name}: actual against expected`);
        for (const difference of differences)
          if (difference.shows?.(direct, actual) ?? true) shown.get(way).add(difference);
      }
    });
  }
});

describe('the list of differences', () => {
  const unseen = (differences, ways) =>
    differences.filter((difference) => !ways.some((way) => shown.get(way).has(difference))).map(({ what }) => what);
  const of = (wanted) => DIFFERENCES.filter(({ by, test }) => by === wanted && test === undefined);

  it('names a test for what no case can show', () => {
    const apart = DIFFERENCES.filter(({ test }) => test !== undefined);
    assert.ok(apart.length > 0);
    for (const { test } of apart) assert.ok(existsSync(new URL(`../../../${test}`, import.meta.url)), test);
  });

  it('holds nothing that no case shows', () => {
    assert.deepEqual(unseen(of('drawbridge'), WAYS), []);
  });

  it('blames the runtime for nothing that a worker that only passes on does not show', () => {
    assert.deepEqual(
      unseen(
        of('runtime'),
        WAYS.filter(({ drawbridge }) => !drawbridge),
      ),
      [],
    );
  });

  it('is what docs/fidelity.md says', () => {
    const { is, must } = documents();
    assert.equal(is, must, 'node tests/workerd/support/fidelity/document.mjs writes it');
  });
});
