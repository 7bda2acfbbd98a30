// Requests that look for a weaker rule than the one that protects their handler.
import assert from 'node:assert/strict';
import { codeOf, send } from '../../testing/exchange.mjs';
import { fieldsOf } from '../../testing/attacks/configuration.mjs';
import { attacksOf, startRig, variationsOf } from './rig.mjs';

const rig = await startRig();
const { backend, good } = rig;
const attack = attacksOf('routing', rig);
const { startOther, faultsOf } = variationsOf(rig);
const ADMIN = { users: ['admin'] };

/**
 * Starts a worker with these routes. `ask` sends a request, as nobody or as the user, and returns the code of the
 * refusal or the status; a refused request has left no trace at the backend, and an allowed one has arrived once.
 *
 * @param {object[]} routes
 * @param {{ unmatched?: string, case_sensitive?: boolean }} [more]
 */
async function withRoutes(routes, more = { unmatched: 'session' }) {
  const other = await startOther(({ unmatched, ...config }) => ({ ...config, ...more, routes }));
  const ask = async (method, path, user = undefined) => {
    backend.reset();
    const credential = user === undefined ? {} : await good.login('', { claims: { sub: user } });
    const outcome = codeOf(await send(other.url, path, { method, headers: fieldsOf(credential) }));
    if (outcome === 200) {
      assert.deepEqual(
        backend.requests.map((arrived) => [arrived.method, arrived.url]),
        [[method, path]],
      );
    } else {
      assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 }, path);
    }
    return outcome;
  };
  return { ...other, ask };
}

attack('another spelling opens a public route', async () => {
  const { ask } = await withRoutes([
    { path: '/orders/status', access: 'public' },
    { path: '/orders/*' },
    { path: '/Kiosk/{id}', access: 'public' },
  ]);
  for (const path of [
    '/orders/%C5%BFtatu%C5%BF',
    '/orders/STATUS',
    '/orders/statu%c5%bf',
    '/Orders/status',
    '/ORDERS/%53tatus',
    '/orders/status/',
    '/kiosk/7',
    '/%E2%84%AAiosk/7',
    '/KIOSK/7',
  ]) {
    for (const method of ['GET', 'DELETE', 'PROPFIND']) assert.equal(await ask(method, path), 'token_missing', path);
    assert.equal(await ask('GET', path, 'ada'), 200);
  }
  for (const path of ['/orders/status', '/orders/%73tatus', '/Kiosk/7', '/K%69osk/A'])
    assert.equal(await ask('DELETE', path), 200);
});

attack('another spelling leads around a rule, or to a weaker one', async () => {
  const open = await withRoutes([{ path: '/*', access: 'public' }, { path: '/api/*' }]);
  for (const path of ['/api/data', '/API/data', '/aPi', '/Api/', '/%41pi/x', '/ap%69/x', '/ap%C4%B0/x'])
    assert.equal(await open.ask('GET', path), path.includes('%C4') ? 200 : 'token_missing', path);
  assert.equal(await open.ask('GET', '/API/data', 'ada'), 200);
  assert.equal(await open.ask('GET', '/apis'), 200);

  const sensitive = await withRoutes([{ path: '/*', access: 'public' }, { path: '/api/*' }], {
    unmatched: 'session',
    case_sensitive: true,
  });
  assert.equal(await sensitive.ask('GET', '/API/data'), 200);
  assert.equal(await sensitive.ask('GET', '/api/data'), 'token_missing');

  // Whichever of two rules is the weaker one, a path that is spelled in another way needs both.
  for (const [wide, narrow] of [
    [{ require: ADMIN }, {}],
    [{}, { require: ADMIN }],
    [{ providers: ['login'], require: ADMIN }, { providers: ['login', 'mc'] }],
  ]) {
    const { ask } = await withRoutes([
      { path: '/*', ...wide },
      { path: '/reports/*', ...narrow },
    ]);
    for (const path of ['/REPORTS/x', '/Reports', '/report%C5%BF/x', '/%52eports/x']) {
      assert.equal(await ask('GET', path), 'token_missing');
      assert.equal(await ask('GET', path, 'ada'), 'permission_denied', path);
      assert.equal(await ask('GET', path, 'admin'), 200);
    }
    assert.equal(await ask('GET', '/reports/x', 'ada'), narrow.require ? 'permission_denied' : 200);
  }

  // A path that would go elsewhere, or that no session can use, is refused.
  for (const [wide, narrow] of [
    [{ upstream: 'named' }, {}],
    [{ access: 'public', upstream: 'named' }, {}],
    [{ forward_token: true }, {}],
    [{}, { respond: 'session' }],
    [{ providers: ['mc'] }, { providers: ['login'] }],
  ]) {
    const { ask } = await withRoutes([
      { path: '/*', ...wide },
      { path: '/reports/*', ...narrow },
    ]);
    for (const user of [undefined, 'admin']) assert.equal(await ask('GET', '/Reports/x', user), 'path_ambiguous');
  }
});

attack('two spellings of one path have two rules', async () => {
  const pairs = [
    [{ path: '/Login', access: 'public' }, { path: '/login' }],
    [{ path: '/login' }, { path: '/LOGIN' }],
    [{ path: '/Login', access: 'public', methods: ['GET'] }, { path: '/login' }],
    [{ path: '/{a}/login/*' }, { path: '/{b}/Login/*', access: 'public' }],
  ];
  for (const routes of pairs) {
    const [fault, ...others] = await faultsOf((config) => ({ ...config, unmatched: 'deny', routes }));
    assert.match(fault, /^routes\[1\]: differs from routes\[0\] only in case .* case_sensitive = true/);
    assert.deepEqual(others, []);
  }
  const { ask } = await withRoutes(pairs[0], { unmatched: 'deny', case_sensitive: true });
  assert.equal(await ask('GET', '/Login'), 200);
  assert.equal(await ask('GET', '/login'), 'token_missing');
  assert.equal(await ask('GET', '/LOGIN'), 'route_unknown');

  const both = await withRoutes([
    { path: '/Home', access: 'public' },
    { path: '/home', access: 'public' },
  ]);
  for (const path of ['/Home', '/home']) assert.equal(await both.ask('GET', path), 200);
  assert.equal(await both.ask('GET', '/HOME'), 'token_missing');
});

attack('nobody has said what a path without a rule does', async () => {
  for (const { why, ...demand } of [
    { require: ADMIN, why: 'has a require' },
    { require: ADMIN, mode: 'report', why: 'has a require' },
    { providers: ['mc', 'login'], why: 'takes sessions of some providers only' },
  ]) {
    const route = { path: '/a', ...demand };
    const faults = await faultsOf(({ unmatched, ...config }) => ({ ...config, routes: [route] }));
    assert.deepEqual(faults, [
      `unmatched: is required, because routes[0] (/a) ${why}; "deny" refuses a request that no route ` +
        `matches with 404; "session" sends it to ${backend.url} for any session of mc or jtl or login, without that ` +
        'demand',
    ]);
    const denied = await withRoutes([route], { unmatched: 'deny' });
    for (const user of [undefined, 'ada']) assert.equal(await denied.ask('GET', '/a.data', user), 'route_unknown');
    const open = await withRoutes([route], { unmatched: 'session' });
    assert.equal(await open.ask('GET', '/a.data', 'ada'), 200);
    assert.equal(await open.ask('GET', '/a.data'), 'token_missing');
  }
  const { ask } = await withRoutes([{ path: '/a' }, { path: '/b', providers: ['login', 'jtl', 'mc'] }], {});
  assert.equal(await ask('GET', '/c', 'ada'), 200);
});

attack('a method that no rule names falls through to a weaker one', async () => {
  const methods = ['GET', 'POST', 'PUT', 'DELETE'];
  const { ask, logged } = await withRoutes([{ path: '/admin/*', methods, require: ADMIN }, { path: '/*' }]);
  assert.equal(await ask('DELETE', '/admin/x', 'ada'), 'permission_denied');
  for (const method of ['PATCH', 'PROPFIND']) assert.equal(await ask(method, '/admin/x', 'ada'), 200);
  const { warnings } = /** @type {any} */ (await logged({ event: 'risky' }));
  const told = warnings.filter((warning) => warning.includes('for some methods only'));
  assert.deepEqual(told, [
    'routes[0]: has rules for some methods only; /*, which demands less, takes OPTIONS, PATCH, every other one, such ' +
      'as PROPFIND; add a rule for /admin/* without methods',
  ]);

  // Where no other rule matches, nobody gets through, whatever `unmatched` says.
  const alone = await withRoutes([{ path: '/admin/*', methods, require: ADMIN }]);
  assert.equal(await alone.ask('PATCH', '/admin/x', 'admin'), 'method_not_allowed');
});

attack('a handler has a second address', async () => {
  const admin = { path: '/admin', require: ADMIN };
  const wide = await withRoutes([admin, { path: '/*', access: 'public' }, { path: '/_next/*', access: 'public' }]);
  for (const path of ['/admin.data', '/index.php/admin', '/_next/data/1/admin.json'])
    assert.equal(await wide.ask('GET', path), 200);
  const { warnings } = /** @type {any} */ (await wide.logged({ event: 'risky' }));
  const told = (start) =>
    assert.ok(
      warnings.some((warning) => warning.startsWith(start)),
      start,
    );
  told(
    'routes[0]: lies below /*, which is public; a backend that serves a page at a second address, such as /page.data',
  );
  told('routes[2]: opens /_next/data, where Next.js answers with the data of protected pages');

  const narrow = await withRoutes([admin, { path: '/_next/static/*', access: 'public' }], { unmatched: 'deny' });
  for (const path of ['/admin.data', '/index.php/admin', '/_next/data/1/admin.json'])
    for (const user of [undefined, 'ada', 'admin']) assert.equal(await narrow.ask('GET', path, user), 'route_unknown');
  assert.equal(await narrow.ask('GET', '/_next/static/a.js'), 200);
  assert.equal(await narrow.ask('GET', '/admin', 'admin'), 200);
});
