// The two readers of the list of removed fields agree: the pattern that the worker's JavaScript runs, and the
// core, as `drawbridge explain` shows it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../../scripts/tools.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { Random } from '../support/random.mjs';

const NAMES = 900;
// What a name may consist of (RFC 9110, section 5.6.2).
const TOKEN = [..."!#$%&'*+-.^_`|~09azAZ"];
const SEEDS = [
  'x-verified-user',
  'x-verified-',
  'x-verified',
  'x-session-id',
  'authorization',
  'x-user',
  'x-department-name',
  'proxy-authorization',
  'proxy-authenticate',
  'keep-alive',
  'te',
  'x-original-url',
  'x-forwarded-host',
  'x-forwarded-prefix',
  'forwarded',
  'script-name',
  'x-middleware-subrequest',
  'x-invoke-path',
  'x-matched-path',
  'x-http-method-override',
  'x-method-override',
  '$wssn',
  'trailer',
];

const all = await startAll({
  change: (config, { backend }) => ({
    ...config,
    routes: [{ path: '/open/*', access: 'public' }],
    upstreams: {
      origin: { url: backend.url, identity_headers: { 'X-User': 'user_id', X_Department: 'claims.department' } },
      other: { url: backend.url, identity_headers: { 'X.Department.Name': 'claims.department' } },
    },
  }),
});
const folder = mkdtempSync(join(tmpdir(), 'drawbridge-removed-'));
after(async () => {
  rmSync(folder, { recursive: true });
  await all.close();
});

/** Names near those that are removed: written differently, with a character more, fewer or another one. */
function names(random) {
  const found = new Map();
  while (found.size < NAMES) {
    const characters = [...random.pick(SEEDS)].map((c) => {
      if (c === '-') return random.below(3) === 0 ? c : random.pick(TOKEN);
      return random.below(2) === 0 ? c.toUpperCase() : c;
    });
    const place = random.below(characters.length + 1);
    if (random.below(4) === 0) characters.splice(place, random.below(2), random.pick(TOKEN));
    const name = characters.join('');
    // The runtime itself reads this one.
    if (name.toLowerCase() !== 'trailer') found.set(name.toLowerCase(), name);
  }
  return [...found.values()];
}

/** Which of the fields do not arrive, in lower case. */
async function removedByWorker(fields) {
  const removed = [];
  for (let at = 0; at < fields.length; at += 40) {
    const part = fields.slice(at, at + 40);
    all.backend.reset();
    const { status } = await send(all.worker.url, '/open/x', { headers: part.map((name) => [name, 'value']) });
    assert.equal(status, 200);
    const sent = all.backend.requests[0].headers.filter(([, value]) => value === 'value');
    const arrived = new Set(sent.map(([name]) => name.toLowerCase()));
    removed.push(...part.map((name) => name.toLowerCase()).filter((name) => !arrived.has(name)));
  }
  return removed;
}

async function removedByCore(fields) {
  const file = join(folder, 'wrangler.json');
  const kv_namespaces = [{ binding: 'JWKS_CACHE' }];
  writeFileSync(file, JSON.stringify({ kv_namespaces, vars: { DRAWBRIDGE: all.options.config } }));
  const removed = [];
  for (let at = 0; at < fields.length; at += 100)
    removed.push(...(await removedFrom(file, fields.slice(at, at + 100))));
  return removed;
}

/** Asks the core about as many fields as one request may have. */
async function removedFrom(file, fields) {
  const headers = fields.map((name) => `--header=${name}: value`);
  const line = [
    'run',
    '-s',
    'explain',
    '--',
    '--config',
    file,
    '--url',
    'https://a.example/open/x',
    '--json',
    ...headers,
  ];
  const run = promisify(execFile)('npm', line, { cwd: root, maxBuffer: 1 << 24 });
  const { stdout } = await run.catch(({ stderr }) => assert.fail(stderr));
  const { verdict } = JSON.parse(stdout);
  return verdict.removed;
}

it('worker and core remove the same fields', async () => {
  const fields = names(new Random(13));
  const [worker, core] = [await removedByWorker(fields), await removedByCore(fields)];
  assert.deepEqual(worker.toSorted(), core.toSorted());
  // Both kinds are there.
  assert.ok(worker.length > NAMES / 5 && worker.length < (NAMES * 4) / 5, `${worker.length} removed`);
});
