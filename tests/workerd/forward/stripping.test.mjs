// Nothing that a caller sends makes an identity header or a credential appear at the backend.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { startRecorder } from '../support/fidelity/recorder.mjs';
import { connect } from '../support/fidelity/script.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';
import { asCgi, spellings, UNRELATED } from '../support/spellings.mjs';

// What must not arrive has this value; nothing else has it.
const FORGED = 'forged';
const IDENTITY = [
  'user',
  'provider',
  'issuer',
  'project',
  'tenant',
  'tenant-slug',
  'permissions',
  'expires',
  'assertion',
  'anything',
  '',
].map((name) => `x-verified-${name}`);
const CONFIGURED = ['x-user', 'x-department-name', 'x-origin-secret', 'x-tenant-id'];
const HOSTILE = [...IDENTITY, ...CONFIGURED].flatMap(spellings);
const CREDENTIALS = { 'x-session-id': FORGED, authorization: `Bearer ${FORGED}`, 'x-user-token': `Token ${FORGED}` };
const CREDENTIAL_LINES = Object.entries(CREDENTIALS).flatMap(([name, value]) =>
  spellings(name).map((spelling) => `${spelling}: ${value}`),
);

const recorder = await startRecorder();
const ORIGIN = 'https://hub.example';
const routes = [
  { path: '/public/*', access: 'public' },
  { path: '/session/*', providers: ['jtl'] },
  { path: '/forward/*', providers: ['jtl'], forward_token: true },
  { path: '/mc/*', providers: ['mc'] },
  { path: '/any/*', providers: ['mc', 'jtl'] },
  { path: '/named/*', providers: ['jtl'], upstream: 'named' },
  { path: '/erp/*', providers: ['jtl'], upstream: 'jtl-api' },
];
const SECRET = 'origin-secret-1';
const all = await startAll({
  bindings: { ORIGIN_SECRET: SECRET },
  change: ({ providers, ...config }, { gateway: { regions } }) => ({
    ...config,
    routes,
    unmatched: 'deny',
    providers: [
      ...providers,
      {
        name: 'own',
        kind: 'oidc',
        issuer: 'https://issuer.invalid',
        jwks: Object.values(regions)[0].keys.jwks(),
        audiences: ['a'],
        algorithms: ['RS256'],
        header: 'x-user-token',
        scheme: 'Token',
      },
    ],
    upstreams: {
      origin: { url: recorder.url, shared_secret: { header: 'X-Origin-Secret', secret_name: 'ORIGIN_SECRET' } },
      named: { url: recorder.url, identity_headers: { 'X-User': 'user_id', 'X-Department-Name': 'claims.department' } },
      'jtl-api': { url: recorder.url, access_token_of: 'jtl' },
    },
  }),
});
const { worker, gateway, region, jtl } = all;
const cors = await startWorker({
  ...all.options,
  config: { ...all.options.config, cors: { allowed_origins: [ORIGIN] } },
});
after(async () => {
  await recorder.close();
  await all.close();
  await cors.dispose();
});

recorder.answerWith(async ({ wire, body }) => {
  await body();
  await wire.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
});

const exp = Math.floor(Date.now() / 1000) + 3600;
const token = await jtl.sessionToken({ claims: { exp } });
const SECRETS = [['x-origin-secret', SECRET]];
const SESSION = Object.entries({
  expires: String(exp),
  provider: 'jtl',
  tenant: 'tenant-1',
  'tenant-slug': 'tenant-one',
  user: 'user-1',
})
  .map(([name, value]) => [`x-verified-${name}`, value])
  .concat(SECRETS);
const OWN = [`X-Session-ID: ${token}`];

// Everything but the identity and the secret is the backend's own on a public route.
const PUBLIC = { target: '/public/x', own: [], identity: SECRETS, credentials: [], open: true };
const IN_SESSION = { target: '/session/x', own: OWN, identity: SESSION, credentials: [] };
const WITH_TOKEN = { target: '/forward/x', own: OWN, identity: SESSION, credentials: [['X-Session-ID', token]] };
const NAMED = { target: '/named/x', own: OWN, identity: [['x-user', 'user-1']], credentials: [] };
const TENANT_CALL = {
  target: '/erp/x',
  own: OWN,
  identity: [['x-tenant-id', 'tenant-1']],
  credentials: [['Authorization', 'Bearer the app’s own']],
};
const PREFLIGHT = { ...PUBLIC, method: 'OPTIONS', own: [`Origin: ${ORIGIN}`, 'Access-Control-Request-Method: GET'] };
const WAYS = {
  'a public route': PUBLIC,
  'a session route': IN_SESSION,
  'a route that forwards the token': WITH_TOKEN,
  'a preflight that the backend answers': PREFLIGHT,
  'a backend with headers of its own choice': NAMED,
  'a call for the tenant': TENANT_CALL,
};

/** Sends these bytes and nothing more, and returns everything that comes back. */
async function exchange(origin, text) {
  const wire = connect(origin);
  await wire.write(text);
  wire.end();
  let answer = '';
  for (let part = await wire.some(); part; part = await wire.some()) answer += part.toString('latin1');
  wire.destroy();
  return answer;
}

const request = ({ method = 'GET', target, own }, lines) =>
  `${[`${method} ${target} HTTP/1.1`, 'Host: api.example.com', ...own, ...lines].join('\r\n')}\r\n\r\n`;

/** Returns what reaches the backend if these lines are sent: [] if the request is refused. */
async function arriving(way, lines) {
  await exchange(worker.url, request(way, lines));
  return recorder.take();
}

/** Fails if a request holds an identity or a credential that does not belong to its own session. */
function assertClean({ fields }, { identity, credentials }, what) {
  const found = (wanted) =>
    fields
      .filter(([name]) => wanted(asCgi(name)))
      .map(([name, value]) => [name, value.replace(/^Bearer [\w-]{32}$/, 'Bearer the app’s own')])
      .sort();
  assert.deepEqual(
    found((name) => name.startsWith('X_VERIFIED_') || CONFIGURED.map(asCgi).includes(name)),
    identity.toSorted(),
    what,
  );
  assert.deepEqual(
    found((name) => Object.keys(CREDENTIALS).map(asCgi).includes(name)),
    credentials,
    what,
  );
  assert.doesNotMatch(JSON.stringify(fields), new RegExp(FORGED), what);
}

/**
 * Sends lines that are legal HTTP. The request must arrive without forgeries, and with what belongs to the
 * backend.
 */
async function arrivesClean(way, lines) {
  const requests = await arriving(way, ['X-Before: legal', ...lines, 'X-After: legal']);
  assert.equal(requests.length, 1, `${lines} did not arrive`);
  assertClean(requests[0], way, String(lines));
  assert.deepEqual(
    requests[0].fields.filter(([, value]) => value === 'legal').map(([name]) => name),
    ['X-After', 'X-Before'],
  );
}

const inGroups = (list, size) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));

it('there are some hundred names', () => {
  assert.ok(HOSTILE.length > 400 && new Set(HOSTILE).size === HOSTILE.length);
  assert.ok(CREDENTIAL_LINES.length > 80);
});

for (const [where, way] of Object.entries(WAYS)) {
  describe(where, () => {
    const credentialsStay = 'open' in way;

    it('loses identity headers, one at a time', async () => {
      // Each way has its own share of the names; all of them follow below, together.
      const share = Object.keys(WAYS).length;
      for (const name of HOSTILE.filter((_, index) => index % share === Object.keys(WAYS).indexOf(where)))
        await arrivesClean(way, [`${name}: ${FORGED}`]);
    });

    it('loses identity headers, many at once', async () => {
      for (const names of inGroups(HOSTILE, 40))
        await arrivesClean(
          way,
          names.map((name) => `${name}: ${FORGED}`),
        );
      for (const name of IDENTITY)
        await arrivesClean(
          way,
          [...spellings(name), ...spellings(name)].map((spelling, index) => `${spelling}: ${FORGED} ${index}`),
        );
    });

    it(`${credentialsStay ? 'keeps' : 'loses'} credentials under every spelling`, async () => {
      if (credentialsStay) {
        for (const lines of inGroups(CREDENTIAL_LINES, 20)) {
          const [{ fields }] = await arriving(way, lines);
          const arrived = fields.filter(([, value]) => value.includes(FORGED)).map(([name]) => name.toLowerCase());
          const expected = lines.map((line) => line.split(':')[0].toLowerCase());
          assert.deepEqual([...new Set(arrived)].sort(), [...new Set(expected)].sort());
        }
        return;
      }
      const own = (line) =>
        way.own.some((other) => other.split(':')[0].toLowerCase() === line.split(':')[0].toLowerCase());
      for (const line of CREDENTIAL_LINES.filter((line) => !own(line))) await arrivesClean(way, [line]);
      await arrivesClean(
        way,
        CREDENTIAL_LINES.filter((line) => !own(line)),
      );
    });

    it('loses nothing that the caller names in Connection, and keeps nothing either', async () => {
      for (const named of [
        'x-verified-user',
        'X-VERIFIED-TENANT, close',
        'close, authorization',
        'x-session-id',
        'keep-alive, x-user-token, x-before',
        'x_verified_user',
        'x-verified-*',
        '*',
        ', ,',
      ]) {
        await arrivesClean(way, [
          `Connection: ${named}`,
          `X-Verified-User: ${FORGED}`,
          ...(credentialsStay ? [] : [`x_user_token: Token ${FORGED}`]),
        ]);
        await arrivesClean(way, [
          `X-Verified-User: ${FORGED}`,
          `Connection: keep-alive`,
          `Connection: ${named}`,
          `Proxy-Connection: ${named}`,
          `Keep-Alive: ${named}`,
        ]);
      }
    });

    it('keeps all other names', async () => {
      for (const names of inGroups(UNRELATED, 20)) {
        const [{ fields }] = await arriving(
          way,
          names.map((name, index) => `${name}: ${index}`),
        );
        // Lines of one name leave as one.
        const values = Object.groupBy(names.keys(), (index) => names[index].toLowerCase());
        const expected = Object.entries(values).map(([name, indices]) => `${name}: ${indices?.join(', ')}`);
        const arrived = fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
        assert.deepEqual(arrived.filter((line) => expected.includes(line)).sort(), expected.sort());
      }
    });
  });
}

describe('a credential of its own route', () => {
  it('that is there twice is refused', async () => {
    for (const way of [IN_SESSION, WITH_TOKEN]) {
      for (const spelling of ['X-Session-ID', 'x-session-id', 'X-SESSION-ID'])
        assert.deepEqual(await arriving(way, [`${spelling}: ${FORGED}`]), []);
    }
  });
});

describe('a call for the tenant', () => {
  it('has nothing of the browser’s', async () => {
    await arrivesClean(TENANT_CALL, [
      `Cookie: ${FORGED}`,
      `cookie: ${FORGED}`,
      `Authorization: Basic ${FORGED}`,
      `authorization: Bearer ${FORGED}`,
    ]);
  });
});

describe('a credential on a public route', () => {
  it('is the backend’s own, whatever its scheme', async () => {
    for (const value of ['Basic YTpi', 'Bearer a', 'bearer', 'Token x', 'Basic YTpi, Bearer a'])
      await arrivesClean({ ...PUBLIC, credentials: [['Authorization', value]] }, [`Authorization: ${value}`]);
    const lines = ['Authorization: Bearer a', 'X-Session-ID: a', 'X_User_Token: Token a'];
    const credentials = lines.map((line) => line.split(': '));
    await arrivesClean({ ...PUBLIC, credentials }, lines);
  });
});

describe('what is no legal HTTP', () => {
  const BROKEN = [
    ...IDENTITY.slice(0, 3).flatMap((name) => [
      `${name} : ${FORGED}`,
      `${name}\t: ${FORGED}`,
      ` ${name}: ${FORGED}`,
      `\t${name}: ${FORGED}`,
      `${name}\0: ${FORGED}`,
      `${name}\x0b: ${FORGED}`,
      `\x0c${name}: ${FORGED}`,
      `${name}\x7f: ${FORGED}`,
      `${name}\xa0: ${FORGED}`,
    ]),
    ...[...'"(),/;<=>?@[\\]{} \t\x01\x80\xad\xff', '\xe2\x80\x90'].map(
      (separator) => `X${separator}Verified${separator}User: ${FORGED}`,
    ),
    ...['authorization', 'x-session-id'].flatMap((name) => [`${name} : Bearer ${FORGED}`, ` ${name}: ${FORGED}`]),
    `X-A: a\r\n X-Verified-User: ${FORGED}`,
    `X-A: a\r\n\tX-Verified-User: ${FORGED}`,
    `X-Verified-User:\r\n ${FORGED}`,
    `X-A: a\rX-Verified-User: ${FORGED}`,
    `X-A: a\r\r\nX-Verified-User: ${FORGED}`,
    `X-A: a\0X-Verified-User: ${FORGED}`,
    `: ${FORGED}`,
    `:X-Verified-User: ${FORGED}`,
    `X-Verified-User ${FORGED}`,
    `"X-Verified-User": ${FORGED}`,
    FORGED,
  ];

  for (const [where, way] of Object.entries({ 'a public route': PUBLIC, 'a session route': IN_SESSION })) {
    it(`never reaches the backend: ${where}`, async () => {
      for (const line of BROKEN) {
        const requests = await arriving(way, ['X-Before: legal', line]);
        assert.deepEqual(requests, [], JSON.stringify(line));
      }
    });

    it(`reaches it clean where the runtime reads it: ${where}`, async () => {
      for (const line of [
        `X-A: a\nX-Verified-User: ${FORGED}`,
        `X-Verified-User:: ${FORGED}`,
        `X-Verified-User:${FORGED}`,
        `X-Verified-User: ${FORGED}\nX_Verified_Tenant: ${FORGED}`,
      ])
        await arrivesClean(way, [line]);
    });
  }
});

describe('what is answered at the edge', () => {
  const lines = [
    ...HOSTILE.map((name) => `${name}: ${FORGED}`),
    ...CREDENTIAL_LINES.filter((line) => !/^x-session-id:/i.test(line)),
  ];
  for (const [what, origin, way, status] of /** @type {[string, string, any, number][]} */ ([
    ['a preflight, with rules for other origins', cors.url, { ...PREFLIGHT, target: '/session/x' }, 204],
    ['a preflight of a public route, with rules for other origins', cors.url, PREFLIGHT, 204],
    ['a request without a credential', worker.url, { ...IN_SESSION, own: [] }, 400],
    ['a request that no route matches', worker.url, { ...PUBLIC, target: '/other' }, 404],
  ])) {
    it(`reaches no backend: ${what}`, async () => {
      for (const group of inGroups(lines, 40))
        assert.match(await exchange(origin, request(way, group)), new RegExp(`^HTTP/1.1 ${status} `));
      assert.deepEqual(await recorder.take(), []);
    });
  }
});

describe('by way of the Merchant Center gateway', () => {
  const forwardTo = async (target, extra, precedence) => {
    gateway.settings.change({ precedence });
    const headers = {
      'accept-version': 'v2',
      'x-forward-to': `${worker.url}${target}`,
      'x-project-key': 'shop-eu',
      'x-forward-header-x-custom': 'legal',
      ...extra,
    };
    const { status, body } = await send(region.url, '/proxy/forward-to', { headers });
    return {
      status,
      code: body.length > 0 ? JSON.parse(body.toString()).code : undefined,
      requests: await recorder.take(),
    };
  };
  const identityOf = ({ fields }) =>
    Object.fromEntries(fields.filter(([name]) => asCgi(name).startsWith('X_VERIFIED_')));
  const MERCHANT = {
    'x-verified-provider': 'mc',
    'x-verified-issuer': region.url,
    'x-verified-user': 'user-1',
    'x-verified-project': 'shop-eu',
  };

  function clean({ status, requests }) {
    const [request, ...more] = requests;
    assert.deepEqual([status, more], [200, []]);
    const { 'x-verified-expires': _, ...identity } = identityOf(request);
    assert.deepEqual(identity, MERCHANT);
    assert.doesNotMatch(JSON.stringify(request.fields), new RegExp(FORGED));
    assert.deepEqual(
      request.fields.filter(([, value]) => value === 'legal'),
      [['x-custom', 'legal']],
    );
    assert.deepEqual(
      request.fields.filter(([name]) => asCgi(name) === 'AUTHORIZATION'),
      [],
    );
  }
  const refused =
    (code) =>
    ({ requests, ...answer }) =>
      assert.deepEqual([requests, answer.code], [[], code]);

  for (const precedence of ['gateway', 'caller', 'both']) {
    it(`x-forward-header-x-verified-user forges nobody: ${precedence}`, async () => {
      for (const name of [
        'x-verified-user',
        'x_verified_user',
        'X.Verified-User',
        'x-verified-tenant',
        'x-verified-anything',
        'x-verified-assertion',
      ]) {
        clean(await forwardTo('/mc/x', { [`x-forward-header-${name}`]: FORGED }, precedence));
      }
    });

    it(`x-forward-header-x-session-id is no second credential: ${precedence}`, async () => {
      clean(
        await forwardTo(
          '/mc/x',
          { 'x-forward-header-x-session-id': FORGED, 'x-forward-header-x_session_id': FORGED },
          precedence,
        ),
      );
      refused('credential_ambiguous')(
        await forwardTo('/any/x', { 'x-forward-header-x-session-id': FORGED }, precedence),
      );
      refused('credential_ambiguous')(
        await forwardTo('/any/x', { 'x-forward-header-x-session-id': token }, precedence),
      );
      clean(await forwardTo('/any/x', { 'x-forward-header-x_session_id': FORGED }, precedence));
    });
  }

  for (const [precedence, check] of Object.entries({
    gateway: clean,
    caller: refused('token_malformed'),
    both: refused('credential_ambiguous'),
  })) {
    it(`x-forward-header-authorization does not pass: ${precedence}`, async () => {
      check(await forwardTo('/mc/x', { 'x-forward-header-authorization': `Bearer ${FORGED}` }, precedence));
    });
  }

  it('x-forward-header-x-tenant-id names no tenant', async () => {
    for (const name of ['x-tenant-id', 'X_Tenant_ID']) {
      clean(await forwardTo('/mc/x', { [`x-forward-header-${name}`]: FORGED }, 'gateway'));
      const { requests } = await forwardTo(
        '/erp/x',
        { 'x-forward-header-x-session-id': token, [`x-forward-header-${name}`]: FORGED },
        'gateway',
      );
      assert.equal(requests.length, 1);
      assertClean(requests[0], TENANT_CALL, name);
    }
  });
});
