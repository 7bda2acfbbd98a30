// Whatever the spelling of a path: if a protected handler executes, the request had a token that its rule admits.
// The framework itself says what executed.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { converse } from '../../testing/exchange.mjs';
import { FRAMEWORKS, startBackend } from './backend.mjs';
import { ADMIN, credential, startBehind } from './behind.mjs';
import { PLAIN } from './handlers.mjs';
import { spellingsOf } from './spellings.mjs';

const SEED = Number(process.env.SEED ?? 1);
const COUNT = 3_000;
// How many requests go through one connection before its end.
const BATCH = 50;
const LANES = 4;
/** Names of tokens, the weakest first. */
const TOKENS = /** @type {const} */ ([undefined, 'weak', 'admin']);

const NEEDS = {
  root: undefined,
  page: undefined,
  status: undefined,
  login: undefined,
  orders: 'weak',
  order: 'weak',
  data: 'weak',
  report: 'weak',
  admin: 'admin',
  users: 'admin',
};
const OPEN = [
  { path: '/', access: 'public' },
  { path: '/login', access: 'public' },
  { path: '/orders/status', access: 'public' },
  { path: '/public/*', access: 'public' },
];
const PROTECTED = [
  { path: '/orders/*' },
  { path: '/api/*' },
  { path: '/reports/*' },
  { path: '/admin/*', require: ADMIN },
];

/** Returns the path as rules read it: without the origin of an absolute target, decoded, with case. */
const written = (/** @type {string} */ target) =>
  target
    .replace(/^http:\/\/[^/]*/i, '')
    .split('?')[0]
    .replace(/%[0-9a-f]{2}/gi, decode);
const decode = (/** @type {string} */ octet) => String.fromCharCode(parseInt(octet.slice(1), 16));

// What may execute with less than its handler's rule demands, since the documents say so of the configuration.
//
// - A path that is public after decoding is public. Express does not decode before it looks for a handler: it serves
//   /orders/%73tatus as /orders/:id, with the id "status".
// - `case_sensitive` is for backends that mind case. The others serve /API/data as /api/data.
const isPublicAsDecoded = ({ path }) => written(path) === '/orders/status';
const isOfOtherCase = ({ path }) => !/^\/(orders|api|reports|admin)(\/|$)/.test(written(path));

/**
 * The modes: `config` is the worker's; `needs` what each handler's rule demands; `known` tells whether a path shows
 * the effect that the documents name.
 */
const MODES = {
  'where other paths need a session': { config: { unmatched: 'session', routes: [...OPEN, ...PROTECTED] } },
  'where other paths are denied': { config: { unmatched: 'deny', routes: [...OPEN, ...PROTECTED] } },
  'beside a public /*': {
    config: { unmatched: 'deny', routes: [{ path: '/*', access: 'public' }, ...PROTECTED] },
    needs: { ...NEEDS, status: 'weak' },
  },
  'within a strong /*': {
    config: { unmatched: 'deny', routes: [{ path: '/*', require: ADMIN }, { path: '/reports/*' }] },
    needs: { ...Object.fromEntries(Object.keys(NEEDS).map((handler) => [handler, 'admin'])), report: 'weak' },
  },
  'where rules admit unsafe path parts': {
    config: {
      unmatched: 'deny',
      routes: [...OPEN.slice(0, 2), { path: '/public/*', access: 'public' }, ...PROTECTED].map((route) =>
        route.path.endsWith('/*') ? { ...route, allow_in_path: ['%2f', ';', '//'] } : route,
      ),
    },
    needs: { ...NEEDS, status: 'weak' },
  },
  'where case matters and other paths are denied': {
    config: { case_sensitive: true, unmatched: 'deny', routes: [...OPEN, ...PROTECTED] },
  },
  'where case matters and other paths need a session': {
    config: { case_sensitive: true, unmatched: 'session', routes: [...OPEN, ...PROTECTED] },
    known: isOfOtherCase,
  },
  'where case matters beside a public /*': {
    config: { case_sensitive: true, unmatched: 'deny', routes: [{ path: '/*', access: 'public' }, ...PROTECTED] },
    needs: { ...NEEDS, status: 'weak' },
    known: isOfOtherCase,
  },
};

/** The frameworks, and the modes that each is tried in. */
const TRIED = {
  'Express 5': Object.keys(MODES),
  'Express 4': ['beside a public /*'],
  Hono: Object.keys(MODES),
  'React Router': ['where other paths are denied'],
  Flask: ['where other paths are denied'],
};

describe(`spellings of seed ${SEED}`, () => {
  for (const [name, modes] of /** @type {[keyof typeof FRAMEWORKS, string[]][]} */ (Object.entries(TRIED))) {
    const { strict, decodes, missing } = FRAMEWORKS[name];
    describe(name, { skip: missing }, async () => {
      if (missing) return;
      const backend = await startBackend(name);
      after(backend.close);

      it('many of them find a protected handler if nobody is in front', async (test) => {
        const paths = spellingsOf(SEED, COUNT).map(({ path }) => path);
        await sendAll({ url: backend.url }, paths);
        const told = (await backend.told()).filter(({ handler }) => NEEDS[handler] !== undefined);
        const found = new Set(told.map(({ id }) => id)).size;
        test.diagnostic(`${found} of ${COUNT}`);
        assert.ok(found > COUNT / 20, `${found}`);
      });

      for (const [index, [mode, { config, needs = NEEDS, known }]] of /** @type {[string, any][]} */ (
        Object.entries(MODES)
      ).entries()) {
        if (!modes.includes(mode)) continue;
        describe(mode, async () => {
          const behind = await startBehind(backend, config);
          after(behind.close);

          it('plain paths execute with the token that they need, and with no weaker one', async () => {
            for (const [handler, path] of Object.entries(PLAIN)) {
              const enough = TOKENS.indexOf(needs[handler]);
              for (const [rank, token] of TOKENS.entries()) {
                const { told } = await behind.ask(path, { token });
                const executed = told.map((one) => one.handler);
                assert.deepEqual(executed, rank < enough ? [] : [handler], `${path} with ${token}`);
              }
            }
          });

          it(`none of ${COUNT} spellings executes with less`, async (test) => {
            const spellings = spellingsOf(SEED + index, COUNT);
            const counted = { executed: 0, known: 0, decoded: 0 };
            for (const [rank, token] of TOKENS.entries()) {
              // No token everywhere, a weak one where the rule demands more, the strongest on a sample.
              const fits = ({ handler }, at) => rank === 0 || (rank === 1 ? needs[handler] === 'admin' : at % 10 === 0);
              const paths = spellings.filter(fits).map(({ path }) => path);
              await sendAll({ url: behind.worker.url, tokens: behind.tokens }, paths, token);
              const wrong = [];
              for (const { handler, id } of await backend.told()) {
                const path = paths[Number(id)];
                if (handler === null) continue;
                counted.executed += 1;
                if (TOKENS.indexOf(token) >= TOKENS.indexOf(needs[handler])) continue;
                if (isPublicAsDecoded({ path }) && handler === 'order' && !decodes) counted.decoded += 1;
                else if (known?.({ path }) && !strict) counted.known += 1;
                else wrong.push({ handler, path, token });
              }
              assert.deepEqual(wrong, []);
            }
            test.diagnostic(JSON.stringify(counted));
            assert.ok(counted.executed > 10, `${counted.executed} have executed`);
            assert.equal(counted.known > 0, known !== undefined && !strict, 'the known effect');
          });
        });
      }
    });
  }
});

/** Sends each path with the token of that name; `x-case` is its index. */
async function sendAll({ url, tokens = {} }, paths, token = undefined) {
  const { host } = new URL(url);
  const fields = credential(tokens, token).map(([name, value]) => `${name}: ${value}\r\n`);
  const write = (/** @type {number} */ id, /** @type {boolean} */ last) =>
    `GET ${paths[id]} HTTP/1.1\r\nhost: ${host}\r\nx-case: ${id}\r\n${fields.join('')}` +
    `${last ? 'connection: close\r\n' : ''}\r\n`;
  const batches = Array.from({ length: Math.ceil(paths.length / BATCH) }, (_, at) => at * BATCH).values();
  const lane = async () => {
    for (const first of batches) {
      const end = Math.min(first + BATCH, paths.length);
      for (let from = first; from < end;) {
        const ids = Array.from({ length: end - from }, (_, at) => from + at);
        const answers = await converse(url, ids.map((id) => write(id, id === end - 1)).join(''));
        // The runtime ends a connection after a request that it does not understand, with or without an answer.
        from += Math.max(answers.length, 1);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
