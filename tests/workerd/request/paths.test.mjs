// Whatever the spelling of a path, no request reaches a protected handler without its rule.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { send, sendBytes } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { handlerOf, startLenient } from '../support/lenient.mjs';

const require = { permissions_all: ['canManageOrders'] };
const PROTECTED = ['/admin', '/orders/*', '/shops/{id}/settings', '/reports/', '/v1/keys:rotate'];
const PLAIN = [
  '/admin',
  '/orders',
  '/orders/7',
  '/orders/7/lines',
  '/shops/7/settings',
  '/reports/',
  '/v1/keys:rotate',
];
const rules = PROTECTED.map((path) => ({ path, require }));

/** Letters whose other case in Unicode is a letter of one of these patterns. */
const FOLDED = {
  '/keys': '/%E2%84%AAeys',
  '/session': '/%C5%BFession',
  '/caf%C3%A9': '/caf%C3%89',
  '/%C3%84': '/%C3%A4',
};

const CONFIGURATIONS = {
  'where other paths need a session': { unmatched: 'session', routes: rules },
  'where other paths are denied': { unmatched: 'deny', routes: [...rules, { path: '/open/*' }], prefixes: ['/open'] },
  'beside public routes': {
    unmatched: 'session',
    routes: [
      ...rules,
      { path: '/public/*', access: 'public' },
      { path: '/public/admin', require },
      { path: '/shops/*', access: 'public' },
      { path: '/admin/help', access: 'public' },
      { path: '/', access: 'public' },
    ],
    more: ['/public/admin'],
  },
  'beside a route that admits what is ambiguous': {
    unmatched: 'session',
    routes: [...rules, { path: '/files/*', allow_in_path: ['%2f', ';', '//'] }],
    prefixes: ['/files', '/files/a'],
  },
};

const percent = (text) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
const at = (path, index, text) => path.slice(0, index) + text + path.slice(index);

/** Spellings of a path that some backend takes for the same path, and a few that no backend does. */
function* variants(path) {
  const slash = path.indexOf('/', 1);
  yield path.toUpperCase();
  yield path[0] + path[1].toUpperCase() + path.slice(2);
  for (const end of [
    '/',
    '//',
    '/.',
    '/./',
    '/x/..',
    '/%2e',
    '/x/%2e%2e',
    '/x/%2E.',
    '%2f',
    '%2F',
    '\\',
    '%5c',
    '%00',
    '%00.css',
    ';',
    ';/',
    ';a=b',
    ';a=b/',
    '%3b',
    '%3Ba',
    ';%2f..',
    '/..;/',
    '/%2e;',
  ])
    yield path + end;
  for (const dots of [
    '//',
    '/./',
    '/%2e/',
    '/x/../',
    '/x/%2e%2e/',
    '/x/..;/',
    '/x/..%3b/',
    '/x/.%2e/',
    '/x%2f../',
    '/x%2f..%2f',
    '\\',
    '/\\',
    '%2f',
    '%2F',
    '%5c',
    '%5C',
    '/;/',
    '/;a/',
    '/%3b/',
    '/%00/',
  ]) {
    yield dots + path.slice(1);
    if (slash > 0) yield path.slice(0, slash) + dots + path.slice(slash + 1);
  }
  for (const mark of [';', ';a=b', ';a=1;b=2', '%3b', '%3bx', '%00']) if (slash > 0) yield at(path, slash, mark);
  for (let index = 1; index < path.length; index += 1)
    if (path[index] !== '/') yield path.slice(0, index) + percent(path[index]) + path.slice(index + 1);
  yield path.replaceAll(/[^/]/g, (c) => percent(c));
  yield path.replaceAll(/[^/]/g, (c) => percent(c).toUpperCase());
  yield path.replaceAll(/[^/]/g, (c) => percent(percent(c)));
  yield path.replaceAll('%', '%25').replaceAll(/[a-z]/g, (c) => `%25${percent(c).slice(1)}`);
  yield `/${path.slice(1).replaceAll('/', '%252f')}`;
  for (const end of ['x', '%', '%2', '%zz', '%20', '.', '.json', '%3fa', '%23a', '%0a']) yield path + end;
}

function tableOf({ prefixes = [], more = [] }) {
  const plain = [...PLAIN, ...more];
  const single = plain.flatMap((path) => [path, ...variants(path)]);
  const twice = plain
    .filter((path) => path.length < 11)
    .flatMap((path) =>
      [...variants(path)]
        .filter((_, index) => index % 6 === 0)
        .flatMap((one) => [...variants(one)].filter((_, index) => index % 9 === 0)),
    );
  const ways = [
    '/..',
    '/%2e%2e',
    '/.%2E',
    '/..;',
    '/..;a=b',
    '/..%3b',
    '%2f..',
    '%2F%2e%2e',
    '//..',
    '/;/..',
    ';/..',
    ';a=/..',
    '\\..',
    '%5c..',
    '/x/../..',
    '/x%2f../..',
    '',
    '/',
    '//',
    '%2f',
    ';',
    ';/',
    '%2f/',
  ];
  const below = prefixes.flatMap((prefix) =>
    ways.flatMap((way) =>
      plain.flatMap((path) => [
        prefix + way + path,
        prefix + way + way + path,
        prefix + way + path.replace('/', '%2f'),
      ]),
    ),
  );
  return [...new Set([...single, ...twice, ...below])].filter((path) => !/[ ?#\n\0]/.test(path));
}

for (const [name, { more = [], prefixes, ...config }] of Object.entries(CONFIGURATIONS)) {
  describe(name, async () => {
    const backend = await startLenient();
    const all = await startAll({
      change: ({ providers: [mc] }) => ({
        ...config,
        providers: [{ ...mc, audience_policy: 'forward-url-origin' }],
        upstreams: { origin: { url: backend.url } },
      }),
      simulation: { gateway: { settings: { tokenLifetime: 600 } } },
    });
    after(() => Promise.all([all.close(), backend.close()]));
    const patterns = [...PROTECTED, ...more];

    /** Sends each path as it is, a few at a time, and returns by index what has reached the backend. */
    async function sendAll(paths, permissions) {
      backend.reached.length = 0;
      const token = await all.region.token({ audience: all.worker.url, permissions });
      const queue = paths.entries();
      const statuses = [];
      const one = async (id, path) => {
        const answer = await sendBytes(
          all.worker.url,
          `GET ${path} HTTP/1.1\r\nhost: ${new URL(all.worker.url).host}\r\n` +
            `authorization: Bearer ${token}\r\nx-case: ${id}\r\nconnection: close\r\n\r\n`,
        );
        statuses[id] = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)[1]);
      };
      const lane = async () => {
        for (const [id, path] of queue) await one(id, path);
      };
      await Promise.all(Array.from({ length: 8 }, lane));
      return statuses;
    }

    it('none of several hundred spellings leads to a protected handler without permission', async () => {
      const paths = tableOf({ prefixes, more });
      const aimed = paths.filter((path) => handlerOf(path, patterns));
      assert.ok(aimed.length > 500, `${aimed.length} of ${paths.length}`);
      const statuses = await sendAll(paths, false);
      assert.deepEqual(
        backend.reached.filter(({ path }) => handlerOf(path, patterns)),
        [],
      );
      // What has reached the backend arrived as it was sent, and nothing else did.
      for (const { id, path } of backend.reached) assert.equal(path, paths[id]);
      assert.deepEqual(
        new Set(backend.reached.map(({ id }) => id)),
        new Set(paths.keys().filter((id) => statuses[id] === 200)),
      );
      assert.deepEqual(
        [...new Set(statuses)].filter((status) => ![200, 400, 403, 404].includes(status)),
        [],
      );
      assert.ok(backend.reached.length >= 5, `${backend.reached.length} have passed`);
    });

    it('with permission a plain path leads there', async () => {
      const paths = [...PLAIN, ...more];
      assert.deepEqual(
        await sendAll(paths, true),
        paths.map(() => 200),
      );
      assert.deepEqual(backend.reached.map(({ path }) => path).sort(), [...paths].sort());
      for (const path of paths) assert.ok(handlerOf(path, patterns), path);
    });
  });
}

describe('where case is ignored, as Unicode has it', async () => {
  const backend = await startLenient();
  const all = await startAll({
    change: ({ providers: [mc] }) => ({
      unmatched: 'session',
      routes: Object.keys(FOLDED).map((path) => ({ path, require })),
      providers: [{ ...mc, audience_policy: 'forward-url-origin' }],
      upstreams: { origin: { url: backend.url } },
    }),
  });
  after(() => Promise.all([all.close(), backend.close()]));

  for (const [path, folded] of Object.entries(FOLDED)) {
    it(`${folded} is ${path} to a backend, so it is to the rules`, async () => {
      backend.reached.length = 0;
      assert.equal(handlerOf(folded, [decodeURIComponent(path)]), decodeURIComponent(path));
      const token = await all.region.token({ audience: all.worker.url });
      const { status } = await send(all.worker.url, folded, { headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([status, backend.reached], [403, []]);
    });
  }
});
