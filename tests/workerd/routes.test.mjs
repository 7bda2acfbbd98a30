// Which rule applies to a request, what the rule demands, and what it does.
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { parseChallenges } from './support/challenge.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { bearer, inSession } from './support/credentials.mjs';

/** @typedef {import('../../testing/exchange.mjs').Sent} Sent */

const LOGIN = 'https://login.example.com';
const all = await startAll({
  change: (config, { jtl }) => ({
    ...config,
    providers: [
      { ...config.providers[0], audience_policy: 'forward-url-origin' },
      config.providers[1],
      {
        name: 'login',
        kind: 'oidc',
        issuer: LOGIN,
        jwks_uri: `${jtl.url}/oauth/v2/keys`,
        audiences: ['orders-api'],
        algorithms: ['RS256'],
      },
    ],
  }),
  simulation: { gateway: { settings: { tokenLifetime: 600 } }, jtl: { settings: { appIssuer: LOGIN } } },
});
const { region, jtl, backend } = all;
after(all.close);
beforeEach(() => backend.reset());

/**
 * Starts a worker with these rules. Its `call(target, { as, ...request })` sends a request with the credential
 * that `as` makes.
 */
async function withRules(routes, more = {}) {
  const { config } = all.options;
  const worker = await startWorker({
    ...all.options,
    config: { ...config, unmatched: 'session', ...more, routes, upstreams: more.upstreams ?? config.upstreams },
  });
  after(worker.dispose);
  /** @param {string} target @param {Sent & { as?: any }} [request] */
  const call = async (target, { as, headers, ...rest } = {}) =>
    send(worker.url, target, { ...rest, headers: { ...(as && (await as(worker))), ...headers } });
  return { ...worker, call };
}

const mc =
  (changes) =>
  async ({ url }) =>
    bearer(await region.token({ audience: url, ...changes }));
const session = (claims) => async () => inSession(await jtl.sessionToken({ claims }));
const login = (claims) => async () => bearer(await jtl.appToken({ claims: { aud: 'orders-api', ...claims } }));
const ALL = { permissions: true };

const problem = ({ body }) => JSON.parse(body);
const codeOf = (answer) => (answer.status === 200 ? 'ok' : problem(answer).code);
const names = (routes) =>
  Object.fromEntries(routes.map(({ upstream }) => [upstream, { url: `${backend.url}/${upstream}` }]));
/** Returns the route whose upstream the request has reached. */
const arrivedAt = () => backend.requests.map(({ url }) => url.split('/')[1]).join();
const arrivedHeaders = () =>
  Object.fromEntries(backend.requests[0].headers.map(([name, value]) => [name.toLowerCase(), value]));

describe('the most specific pattern decides', () => {
  const routes = [
    { path: '/*', upstream: 'any' },
    { path: '/orders/*', upstream: 'orders' },
    { path: '/orders/{id}', upstream: 'order' },
    { path: '/orders/new', upstream: 'new' },
    { path: '/{shop}/new', upstream: 'shop-new' },
    { path: '/orders/{id}/lines/*', upstream: 'lines' },
    { path: '/slash/', upstream: 'slash' },
  ];
  for (const [order, ordered] of /** @type {[string, object[]][]} */ ([
    ['as in the file', routes],
    ['the other way round', routes.toReversed()],
  ])) {
    describe(order, async () => {
      const worker = await withRules(ordered, { upstreams: names(routes), unmatched: 'deny' });
      for (const [path, expected] of [
        ['/', 'any'],
        ['/x', 'any'],
        ['/x/y', 'any'],
        ['/ordersx', 'any'],
        ['/x/new', 'shop-new'],
        ['/orders', 'orders'],
        ['/orders/', 'orders'],
        ['/slash', 'slash'],
        ['/slash/', 'slash'],
        ['/orders/7', 'order'],
        ['/orders/7/', 'order'],
        ['/orders/%6eew', 'new'],
        ['/orders/new', 'new'],
        ['/orders/new/', 'new'],
        ['/orders/new/x', 'orders'],
        ['/orders/7/x', 'orders'],
        ['/orders/7/lines', 'lines'],
        ['/orders/7/lines/', 'lines'],
        ['/orders/7/lines/1/2', 'lines'],
        ['/orders/new/lines', 'lines'],
        ['/orders/7?path=/orders/new', 'order'],
      ]) {
        it(`${path}: ${expected}`, async () => {
          assert.equal((await worker.call(path, { as: session() })).status, 200);
          assert.equal(arrivedAt(), expected);
          assert.equal(backend.requests[0].url, `/${expected}${path}`);
        });
      }
      it('refuses a path that would go elsewhere in another case', async () => {
        for (const path of ['/Orders/x', '/Orders/new', '/order%C5%BF/7', '/ORDERS']) {
          assert.equal(codeOf(await worker.call(path, { as: session() })), 'path_ambiguous', path);
          assert.equal(backend.counters.requests, 0);
        }
      });
    });
  }
});

describe('methods', async () => {
  const routes = [
    { path: '/items', methods: ['GET'], upstream: 'read' },
    { path: '/items', methods: ['POST', 'DELETE'], upstream: 'write' },
    { path: '/things', upstream: 'things' },
    { path: '/things', methods: ['POST'], upstream: 'post' },
    { path: '/things', methods: ['HEAD'], upstream: 'head' },
    { path: '/list/*', methods: ['PUT'], upstream: 'put' },
    { path: '/list/x', methods: ['GET'], upstream: 'x', access: 'public' },
  ];
  const worker = await withRules(routes, { upstreams: names(routes), unmatched: 'deny' });

  for (const [method, path, expected] of [
    ['GET', '/items', 'read'],
    ['HEAD', '/items', 'read'],
    ['POST', '/items', 'write'],
    ['DELETE', '/items', 'write'],
    ['GET', '/things', 'things'],
    ['OPTIONS', '/things', 'things'],
    ['POST', '/things', 'post'],
    ['HEAD', '/things', 'head'],
    ['PUT', '/list/x', 'put'],
    ['GET', '/list/x', 'x'],
    ['HEAD', '/list/x', 'x'],
  ]) {
    it(`${method} ${path}: ${expected}`, async () => {
      assert.equal((await worker.call(path, { method, as: session() })).status, 200);
      assert.deepEqual([arrivedAt(), backend.requests[0].method], [expected, method]);
    });
  }

  for (const [method, path, allow] of [
    ['PUT', '/items', 'DELETE, GET, HEAD, POST'],
    ['OPTIONS', '/items', 'DELETE, GET, HEAD, POST'],
    ['POST', '/list/x', 'GET, HEAD, PUT'],
    ['GET', '/list', 'PUT'],
    ['HEAD', '/list/y', 'PUT'],
  ]) {
    it(`${method} ${path} is refused, whoever sends it: Allow: ${allow}`, async () => {
      for (const as of [undefined, session()]) {
        const answer = await worker.call(path, { method, as });
        assert.deepEqual(
          [answer.status, answer.headers.allow, answer.headers['www-authenticate']],
          [405, allow, undefined],
        );
        if (method === 'HEAD') assert.equal(answer.body.length, 0);
        else
          assert.deepEqual([problem(answer).code, problem(answer).error], ['method_not_allowed', 'method_not_allowed']);
      }
      assert.equal(backend.counters.requests, 0);
    });
  }
});

describe('a public route', async () => {
  const worker = await withRules([
    { path: '/hooks/*', access: 'public' },
    { path: '/exact', access: 'public' },
  ]);
  const call = async (headers, rest) => {
    assert.equal((await worker.call('/hooks/1?a=b', { headers, ...rest })).status, 200);
    return arrivedHeaders();
  };

  it('needs no credential, and its requests have no identity', async () => {
    const headers = await call({}, { method: 'POST', body: 'event' });
    assert.deepEqual(
      Object.keys(headers).filter((name) => /^x.verified/.test(name)),
      [],
    );
    const [{ method, url, body }] = backend.requests;
    assert.deepEqual([method, url, body.text], ['POST', '/hooks/1?a=b', 'event']);
  });

  it('lets no spoofed identity through', async () => {
    const headers = await call({
      'X-Verified-User': 'a',
      x_verified_user: 'a',
      'X-Verified_Tenant': 'a',
      'x-verified-anything': 'a',
      'x-other': 'a',
    });
    assert.deepEqual(
      Object.keys(headers).filter((name) => /verified/.test(name)),
      [],
    );
    assert.equal(headers['x-other'], 'a');
  });

  it('leaves every credential to the backend, valid or not', async () => {
    for (const as of [
      mc(),
      login(),
      session(),
      () => bearer('x'),
      () => ({ authorization: 'bearer' }),
      () => ({ authorization: 'Basic a, BEARER b' }),
    ]) {
      backend.reset();
      const sent = { 'x-session-id': 'x', ...(await as(worker)) };
      const headers = await call(sent);
      assert.deepEqual({ ...headers, ...sent }, headers);
    }
  });

  it('lets the credential of a webhook through', async () => {
    const headers = await call({
      authorization: 'Basic aG9vazpzZWNyZXQ=',
      'x-hub-signature': 'sha256=1',
      cookie: 'a=b',
    });
    assert.deepEqual(
      [headers.authorization, headers['x-hub-signature'], headers.cookie],
      ['Basic aG9vazpzZWNyZXQ=', 'sha256=1', 'a=b'],
    );
  });

  it('opens no more than its path', async () => {
    for (const path of ['/exact/', '/exact/x', '/Exact', '/hooksx', '/'])
      assert.equal(codeOf(await worker.call(path)), 'token_missing', path);
    for (const path of ['/exact', '/ex%61ct', '/exact?x', '/hooks', '/hooks/', '/hooks/a/b'])
      assert.equal(codeOf(await worker.call(path)), 'ok', path);
  });
});

describe('the providers of a route', async () => {
  const worker = await withRules([
    { path: '/mc', providers: ['mc'] },
    { path: '/jtl', providers: ['jtl'] },
    { path: '/two', providers: ['login', 'mc'] },
  ]);

  const TOKENS = { 'Merchant Center': mc(), JTL: session(), OpenID: login() };
  for (const [path, expected] of /** @type {[string, string[]][]} */ ([
    ['/mc', ['ok', 'token_missing', 'issuer_mismatch']],
    ['/jtl', ['token_missing', 'ok', 'token_missing']],
    ['/two', ['ok', 'token_missing', 'ok']],
    ['/all', ['ok', 'ok', 'ok']],
  ])) {
    Object.entries(TOKENS).forEach(([name, as], index) =>
      it(`${path} with a ${name} token: ${expected[index]}`, async () =>
        assert.equal(codeOf(await worker.call(path, { as })), expected[index])),
    );
  }

  it('are the only ones whose credentials count, and all are stripped', async () => {
    assert.equal(codeOf(await worker.call('/jtl', { as: session(), headers: bearer('x') })), 'ok');
    assert.deepEqual([arrivedHeaders().authorization, arrivedHeaders()['x-session-id']], [undefined, undefined]);
    assert.equal(codeOf(await worker.call('/all', { as: session(), headers: bearer('x') })), 'credential_ambiguous');
  });

  it('decide in whose words a missing token is refused', async () => {
    const answers = await Promise.all(['/jtl', '/mc', '/all'].map((path) => worker.call(path)));
    assert.deepEqual(
      answers.map((answer) => [answer.status, problem(answer).error]),
      [
        [400, 'Session token is required'],
        [401, 'invalid_request'],
        [401, 'invalid_request'],
      ],
    );
  });
});

describe('a rule demands', async () => {
  const rule = (path, require) => ({ path, require });
  const worker = await withRules([
    rule('/all', { permissions_all: ['canViewOrders', 'canManageOrders'] }),
    rule('/any', { permissions_any: ['canManageCustomers', 'canViewProducts'] }),
    rule('/project', { project_keys: ['shop-us', 'shop-eu'] }),
    rule('/tenant', { tenants: ['tenant-1', 'tenant-2'] }),
    rule('/user', { users: ['user-1'] }),
    rule('/claim', { claims: { department: ['sales', 'support'] } }),
    rule('/path', { claims: { 'realm.roles': ['admin'] } }),
    rule('/values', { claims: { level: [3, true, null, { a: 1 }] } }),
    rule('/claims', { claims: { department: ['sales'], 'realm.roles': ['admin'] } }),
    rule('/both', { permissions_all: ['canViewOrders'], project_keys: ['shop-us'], users: ['user-1'] }),
    rule('/nothing', { permissions_all: [], permissions_any: [], project_keys: [], tenants: [], users: [] }),
  ]);
  const denied = 'permission_denied';

  for (const [what, path, as, expected] of /** @type {[string, string, any, string][]} */ ([
    ['all of these permissions', '/all', mc(ALL), 'ok'],
    ['all of these permissions, none is there', '/all', mc(), denied],
    ['all of these permissions, one is there', '/all', login({ scope: 'canViewOrders' }), denied],
    ['all of these permissions, as scopes', '/all', login({ scope: 'canManageOrders x canViewOrders' }), 'ok'],
    [
      'all of these permissions, one is there in part',
      '/all',
      login({ scope: 'canManageOrders canViewOrdersX' }),
      denied,
    ],
    ['any of these permissions', '/any', mc(ALL), 'ok'],
    ['any of these permissions, in another case', '/any', login({ scp: ['canviewproducts'] }), denied],
    ['any of these permissions, as an array of scopes', '/any', login({ scp: ['canViewProducts'] }), 'ok'],
    ['any of these permissions, none is there', '/any', mc(), denied],
    ['a project', '/project', mc(), 'ok'],
    ['a project, it is another', '/project', mc({ projectKey: 'shop-de' }), denied],
    ['a project, there is none', '/project', session(), denied],
    ['a tenant', '/tenant', session({ tenantId: 'tenant-2' }), 'ok'],
    ['a tenant, it is another', '/tenant', session({ tenantId: 'tenant-3' }), denied],
    ['a tenant, there is none', '/tenant', mc(), denied],
    ['a tenant, whose slug is one of these', '/tenant', session({ tenantId: 'x', tenantSlug: 'tenant-1' }), denied],
    ['a user', '/user', session(), 'ok'],
    ['a user, of another provider', '/user', mc(), 'ok'],
    ['a user, it is another', '/user', session({ userId: 'user-2' }), denied],
    ['a user, there is none', '/user', login({ sub: null }), denied],
    ['a claim', '/claim', login({ department: 'support' }), 'ok'],
    ['a claim, it is an array', '/claim', login({ department: ['it', 'sales'] }), 'ok'],
    ['a claim, it is an array of others', '/claim', login({ department: ['it'] }), denied],
    ['a claim, it is an array in an array', '/claim', login({ department: [['sales']] }), denied],
    ['a claim, it is another', '/claim', login({ department: 'sale' }), denied],
    ['a claim, there is none', '/claim', login(), denied],
    ['a claim inside another', '/path', login({ realm: { roles: ['user', 'admin'] } }), 'ok'],
    ['a claim inside another, it is a string', '/path', login({ realm: { roles: 'admin' } }), 'ok'],
    ['a claim inside another, there is none', '/path', login({ realm: 'admin', roles: 'admin' }), denied],
    ['a claim inside another, or of that name', '/path', login({ 'realm.roles': 'admin' }), 'ok'],
    [
      'a claim inside another, the one of that name comes first',
      '/path',
      login({ 'realm.roles': 'user', realm: { roles: 'admin' } }),
      denied,
    ],
    ['a value of any type', '/values', login({ level: 3 }), 'ok'],
    ['a value of any type, true or false', '/values', login({ level: true }), 'ok'],
    ['a value of any type, an object', '/values', login({ level: { a: 1 } }), 'ok'],
    ['a value of any type, and of no other', '/values', login({ level: '3' }), denied],
    ['all of these claims', '/claims', login({ department: 'sales', realm: { roles: ['admin'] } }), 'ok'],
    ['all of these claims, one is there', '/claims', login({ department: 'sales' }), denied],
    ['all of its members', '/both', mc({ ...ALL, projectKey: 'shop-us' }), 'ok'],
    ['all of its members, one is missing', '/both', mc(ALL), denied],
    ['nothing, where all its lists are empty', '/nothing', session(), 'ok'],
  ])) {
    it(`${what}: ${expected}`, async () => {
      assert.equal(codeOf(await worker.call(path, { as })), expected);
      assert.equal(backend.counters.requests, expected === 'ok' ? 1 : 0);
    });
  }

  it('what the session lacks, and says so', async () => {
    for (const [path, as, lacking, provider] of /** @type {[string, any, string, string][]} */ ([
      ['/all', mc(), 'the permission canViewOrders', 'mc'],
      ['/any', mc(), 'one of the permissions canManageCustomers, canViewProducts', 'mc'],
      ['/tenant', session({ tenantId: 'x' }), 'a tenant that is allowed here', 'jtl'],
      ['/path', login(), 'an allowed value of the claim realm.roles', 'login'],
    ])) {
      const answer = await worker.call(path, { as });
      const { title, ...rest } = problem(answer);
      const detail = `The session lacks ${lacking}.`;
      assert.deepEqual(
        [answer.status, rest],
        [
          403,
          {
            type: 'urn:drawbridge:problem:permission_denied',
            status: 403,
            code: denied,
            error: 'insufficient_scope',
            detail,
            message: detail,
          },
        ],
      );
      assert.deepEqual(parseChallenges(answer.headers['www-authenticate']), [
        { scheme: 'Bearer', params: { realm: worker.url, error: 'insufficient_scope', error_description: detail } },
      ]);
      await worker.logged({ event: 'request', path, code: denied, status: 403, provider });
    }
  });
});

describe('a rule in report mode', async () => {
  const worker = await withRules([
    { path: '/orders/*', require: { permissions_all: ['canManageOrders'] }, mode: 'report' },
  ]);
  const reports = () => worker.logs.filter(({ event }) => event === 'would_refuse');

  it('lets a session through that lacks something, and logs that', async () => {
    const answer = await worker.call('/orders/7?a=b', { method: 'PUT', as: mc() });
    assert.deepEqual([answer.status, arrivedHeaders()['x-verified-user']], [200, 'user-1']);
    const { time, ...line } = await worker.logged({ event: 'would_refuse' });
    assert.deepEqual(line, {
      level: 'log',
      event: 'would_refuse',
      method: 'PUT',
      route: '/orders/*',
      code: 'permission_denied',
      detail: 'The session lacks the permission canManageOrders.',
    });
  });

  it('logs nothing where nothing is lacking', async () => {
    const before = reports().length;
    assert.equal(codeOf(await worker.call('/orders', { as: mc(ALL) })), 'ok');
    assert.equal(codeOf(await worker.call('/other', { as: mc() })), 'ok');
    assert.equal(codeOf(await worker.call('/last')), 'token_missing');
    await worker.logged({ path: '/last' });
    assert.equal(reports().length, before);
  });

  it('lets nothing else through', async () => {
    assert.equal(codeOf(await worker.call('/orders')), 'token_missing');
    assert.equal(
      codeOf(await worker.call('/orders', { as: mc({ hostile: 'tampered-payload' }) })),
      'signature_invalid',
    );
    assert.equal(backend.counters.requests, 0);
  });
});

describe('a route that answers with the session', async () => {
  const worker = await withRules([
    { path: '/connect', providers: ['jtl'], respond: 'session' },
    { path: '/me', respond: 'session' },
    { path: '/admin', respond: 'session', require: { permissions_all: ['canManageOrders'] } },
  ]);
  const answerOf = async (path, as, expires) => {
    const answer = await worker.call(path, { as });
    const { 'content-length': length, connection, ...headers } = answer.headers;
    assert.deepEqual(
      [answer.status, headers, Number(length)],
      [200, { 'cache-control': 'no-store', 'content-type': 'application/json' }, answer.body.length],
    );
    assert.equal(backend.counters.connections, 0);
    const { expiresAt, ...rest } = JSON.parse(answer.body.toString());
    assert.equal(Number.isInteger(expiresAt), expires);
    return rest;
  };

  it('gives JTL’s exactly the tutorial’s members', async () => {
    const tutorial = { success: true, tenantId: 'tenant-1', userId: 'user-1', tenantSlug: 'tenant-one' };
    assert.deepEqual(await answerOf('/connect', session(), false), tutorial);
    assert.deepEqual(await answerOf('/me', session(), false), tutorial);
    assert.deepEqual(await answerOf('/connect', session({ tenantSlug: null }), false), {
      success: true,
      tenantId: 'tenant-1',
      userId: 'user-1',
    });
  });

  it('gives the others’ with camel-case names', async () => {
    const common = { provider: 'mc', issuer: region.url, userId: 'user-1', projectKey: 'shop-eu' };
    assert.deepEqual(await answerOf('/me', mc(), true), common);
    assert.deepEqual(await answerOf('/me', mc(ALL), true), {
      ...common,
      userPermissions: ['canViewOrders', 'canManageOrders', 'canViewProducts'],
    });
    assert.deepEqual(await answerOf('/me', login(), true), { provider: 'login', issuer: LOGIN, userId: 'user-1' });
  });

  it('takes any method, and answers HEAD without a body', async () => {
    const posted = await worker.call('/connect', { method: 'POST', body: '{}', as: session() });
    assert.equal(JSON.parse(posted.body.toString()).success, true);
    const head = await worker.call('/connect', { method: 'HEAD', as: session() });
    assert.deepEqual([head.status, head.headers['content-type'], head.body.length], [200, 'application/json', 0]);
    assert.equal(backend.counters.connections, 0);
  });

  it('refuses like any other', async () => {
    assert.equal(codeOf(await worker.call('/connect')), 'token_missing');
    assert.equal(codeOf(await worker.call('/connect', { as: session({ userId: null }) })), 'claim_missing');
    assert.equal(codeOf(await worker.call('/admin', { as: mc() })), 'permission_denied');
    assert.equal(codeOf(await worker.call('/admin', { as: mc(ALL) })), 'ok');
  });
});

describe('a request that no route matches', async () => {
  const denying = await withRules([{ path: '/me', respond: 'session' }], { unmatched: 'deny', upstreams: {} });
  const open = await withRules([{ path: '/me', respond: 'session' }]);

  it('needs any session', async () => {
    assert.equal(codeOf(await open.call('/other')), 'token_missing');
    for (const as of [mc(), session(), login()]) assert.equal(codeOf(await open.call('/other', { as })), 'ok');
  });

  it('is unknown where that is denied, whoever sends it', async () => {
    for (const as of [undefined, mc(ALL), session(), () => bearer('x')]) {
      const answer = await denying.call('/other', { as });
      assert.deepEqual(
        [answer.status, codeOf(answer), problem(answer).error, answer.headers['www-authenticate']],
        [404, 'route_unknown', 'route_unknown', undefined],
      );
    }
    assert.equal(codeOf(await denying.call('/me', { as: session() })), 'ok');
    assert.equal(backend.counters.connections, 0);
  });
});

describe('the token', async () => {
  const worker = await withRules([
    { path: '/mc', providers: ['mc'], forward_token: true },
    { path: '/jtl', providers: ['jtl'], forward_token: true },
  ]);

  it('goes to the backend where a route says so, beside the identity', async () => {
    const sent = await mc()(worker);
    assert.equal(
      codeOf(await worker.call('/mc', { headers: { ...sent, 'x-session-id': 'x', 'x-verified-user': 'x' } })),
      'ok',
    );
    const { authorization, 'x-session-id': other, 'x-verified-user': user } = arrivedHeaders();
    assert.deepEqual([authorization, other, user], [sent.authorization, undefined, 'user-1']);
  });

  it('goes in its own header', async () => {
    const sent = await session()();
    assert.equal(
      codeOf(await worker.call('/jtl', { headers: { ...sent, authorization: 'Bearer x', X_Session_ID: 'x' } })),
      'ok',
    );
    const { authorization, 'x-session-id': token, x_session_id: spoofed } = arrivedHeaders();
    assert.deepEqual([authorization, token, spoofed], [undefined, sent['x-session-id'], undefined]);
  });

  it('stays at the edge elsewhere', async () => {
    assert.equal(codeOf(await worker.call('/other', { as: mc() })), 'ok');
    assert.equal(arrivedHeaders().authorization, undefined);
  });
});

describe('an ambiguous path is refused before anything else is looked at', async () => {
  const routes = [
    { path: '/public/*', access: 'public' },
    { path: '/me', respond: 'session' },
    { path: '/post/*', methods: ['POST'] },
    { path: '/files/*', allow_in_path: ['%2f'], access: 'public' },
  ];
  const worker = await withRules(routes, { unmatched: 'deny', cors: { allowed_origins: ['https://a.example'] } });
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
  };
  /** @param {string} path @param {Sent} [request] */
  const refused = async (path, request) => {
    const answer = await worker.call(path, request);
    assert.deepEqual(
      [answer.status, answer.body.length > 0 && codeOf(answer), backend.counters.connections],
      [400, 'path_ambiguous', 0],
      path,
    );
  };

  /** @param {string[]} paths @param {Sent} [request] */
  const allRefused = async (paths, request) => {
    await Promise.all(paths.map((path) => refused(path, request)));
  };

  it('on a public route', () =>
    allRefused([
      '/public/../me',
      '/public/%2e%2e/me',
      '/public//x',
      '/public/a;b',
      '/public/%2f',
      '/public/%5c',
      '/public/%00',
      '/files/..%2fme',
      '/files/a//b',
      '/files/a;b',
    ]));
  it('where a session is needed', () => allRefused(['/me/.', '/x/../me', '/me%00']));
  it('of a preflight', () => allRefused(['/me/.', '/me%5c', '/%zz'], preflight));
  it('of no route', () => allRefused(['/a/../b', '/a%5cb', '/%2e']));
  it('that slashes or a parameter make ambiguous, of no route', () => allRefused(['//me', '/a;b', '/a%2fb']));
  it('that slashes or a parameter make ambiguous, of another method', () =>
    allRefused(['/post//x', '/post/a;b', '/post/%2f']));
  it('that slashes or a parameter make ambiguous, of a preflight', () =>
    allRefused(['//me', '/me;b', '/me%2fb'], preflight));

  it('but for what a route admits, which is passed on as it is', async () => {
    assert.equal(codeOf(await worker.call('/files/a%2Fb%2f')), 'ok');
    assert.deepEqual(
      backend.requests.map(({ url }) => url),
      ['/files/a%2Fb%2f'],
    );
  });
});
