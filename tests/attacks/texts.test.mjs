// Attacks on what the log and the messages say: tokens, secrets and hostile values in text, and numbers that
// another reader rounds.
import assert from 'node:assert/strict';
import { encode } from '../../sim/compact.mjs';
import { eventually } from '../../testing/eventually.mjs';
import { codeOf, send } from '../../testing/exchange.mjs';
import { LOGIN } from '../../testing/attacks/configuration.mjs';
import { attacksOf, startRig, variationsOf } from './rig.mjs';

const rig = await startRig();
const { worker, backend, good } = rig;
const attack = attacksOf('texts', rig);
const { startOther, faultsOf } = variationsOf(rig);

const TOKEN = `${encode('{"alg":"EdDSA","kid":"1"}')}.${encode('{"sub":"marked-user"}')}.${encode('marked-signature')}`;
const SECRETS = ['sk_live_4eC39HqLyjWDarjtT1zdp7dc', 'd41d8cd98f00b204e9800998ecf8427e', TOKEN];

/** Expects that text has no part of a secret that is long enough to be one. */
function hides(text, secrets = SECRETS) {
  for (const piece of secrets.flatMap((secret) => secret.split(/[^A-Za-z0-9]/)).filter(({ length }) => length > 6))
    assert.ok(!text.includes(piece), `${piece} in ${text}`);
}

attack('a rule compares a number that was rounded', async () => {
  const claims = (value) => (config) => {
    config.routes.push({ path: '/numbers', require: { claims: { account: [value] } } });
  };
  for (const [value, shown] of [
    [2 ** 53, '9007199254740992'],
    [-(2 ** 53), '-9007199254740992'],
    [[1, { deep: 1e300 }], '1e'],
  ]) {
    const [fault, ...others] = await faultsOf(claims(value));
    assert.ok(fault.startsWith(`routes[3].require.claims.account: has the number ${shown}`), fault);
    assert.match(fault, /compare a string, if the issuer can send one$/);
    assert.deepEqual(others, []);
  }
  const [fault] = await faultsOf((config) => {
    config.providers[2].required_claims = { account: 2 ** 60 };
  });
  assert.match(fault, /^providers\[2\]\.required_claims\.account: has the number 1152921504606847000; /);

  // The largest number that no reader rounds is compared exactly.
  const other = await startOther(claims(2 ** 53 - 1));
  const ask = async (account) =>
    codeOf(
      await send(other.url, '/numbers', {
        headers: { 'x-login': (await good.login('', { claims: { account } })).login },
      }),
    );
  backend.reset();
  assert.deepEqual(
    [await ask(2 ** 53 - 2), await ask(2 ** 53), await ask(String(2 ** 53 - 1))],
    ['permission_denied', 'permission_denied', 'permission_denied'],
  );
  assert.equal(backend.counters.requests, 0);
  assert.equal(await ask(2 ** 53 - 1), 200);
});

attack('a token stands in a path, a key id or a claim', async () => {
  const percent = TOKEN.replaceAll('.', '%2E');
  const places = ['/X', '/a/X/b', '/a;t=X', '/a,X', '/a:X:b', '/a=X'].flatMap((place) =>
    [TOKEN, percent].map((token) => [place.replace('X', token), place.replace('X', 'eyJh…')]),
  );
  for (const [path, shown] of places) {
    const answer = await rig.send(path, {}, { headers: [['x-session-id', 'no.token.here']] });
    assert.ok(answer.status === 400 || answer.status === 401, String(answer.status));
    const line = await worker.logged({ path: shown });
    hides(JSON.stringify(line));
  }
  // An audience is made from the path, and a key id is the caller's.
  const path = `/x/${TOKEN}`;
  await rig.refused('audience_mismatch', await good.mc('/other'), { path });
  const { detail } = await worker.logged({ path: '/x/eyJh…', code: 'audience_mismatch' });
  assert.equal(detail, `The token's aud must be ${worker.url}/x/eyJh…`);
  const unknown = rig.path();
  await rig.refused(
    'key_unknown',
    rig.signed('login', '', (claims, header) => [claims, { ...header, kid: TOKEN }]),
    { path: unknown },
  );
  assert.equal((await worker.logged({ path: unknown })).key_id, 'eyJh…');
  hides(JSON.stringify(await rig.logged()));
});

attack('a secret is written where its name belongs', async () => {
  const settings = {
    health_secret_name: (config, name) => {
      config.health_secret_name = name;
    },
    'providers[1].client_secret_secret_name': (config, name) => {
      config.providers[1].client_secret_secret_name = name;
    },
    'upstreams.named.shared_secret.secret_name': (config, name) => {
      config.upstreams.named.shared_secret.secret_name = name;
    },
    'upstreams.named.binding': (config, name) => {
      config.upstreams.named.binding = name;
    },
    'upstreams.named.assertion.signing_key_secret_name': (config, name) => {
      config.public_url = 'https://api.example.com';
      config.upstreams.named.assertion = { signing_key_secret_name: name, audience: 'b' };
    },
  };
  for (const [place, set] of Object.entries(settings)) {
    for (const secret of SECRETS) {
      // Set or not: a value that is no name is never looked up.
      const faults = await faultsOf((config) => set(config, secret), { [secret]: 'value' });
      assert.equal(faults.length, 1, faults.join('; '));
      assert.ok(faults[0].startsWith(`${place}: `), faults[0]);
      assert.match(faults[0], /must be the name of a/);
      hides(faults[0]);
    }
  }
  // A token that would be a valid name or path is no part of a configuration either.
  const valid = await faultsOf((config) => {
    config.providers[2].name = TOKEN.split('.')[0];
    config.routes[0].path = `/${TOKEN}`;
  });
  assert.deepEqual(
    valid.map((fault) => fault.split(';')[0]),
    ['providers[2].name: has a token', 'routes[0].path: has a token'],
  );
  hides(valid.join('\n'));
  const elsewhere = await faultsOf((config) => {
    [config[SECRETS[0]], config.unmatched, config.providers[0].scheme] = [1, SECRETS[1], `${SECRETS[1]} `];
    config.upstreams.named.shared_secret.header = `${TOKEN}:`;
    config.routes[0].upstream = SECRETS[0];
  });
  assert.ok(elsewhere.length >= 5, elsewhere.join('; '));
  hides(elsewhere.join('\n'));
  // A usual name that is missing is named.
  const [missing] = await faultsOf((config) => {
    config.health_secret_name = 'HEALTH_SECRET_2';
  });
  assert.equal(missing, 'HEALTH_SECRET_2: is missing; set this secret');
});

attack('a URL of the configuration has a secret in its query', async () => {
  const url = `https://keys.example/?key=${SECRETS[0]}`;
  const faults = await faultsOf((config) => {
    config.upstreams.origin.url = url;
    config.upstreams.named.url = `https://user:${SECRETS[1]}@b.example/`;
    config.providers[2].issuer = `login.example?${SECRETS[0]}`;
    config.providers[2].jwks_uri = `ftp://keys.example/x?key=${SECRETS[0]}`;
    config.cors = { allowed_origins: [url] };
  });
  hides(faults.join('\n'));
  assert.ok(
    faults.some((fault) => fault.includes('"https://keys.example/"')),
    faults.join('\n'),
  );
  assert.ok(faults.some((fault) => fault.startsWith('providers[2].jwks_uri: is "ftp://keys.example/x"')));

  // A key URL may have a query. It is in no line, also not if the issuer does not answer.
  const other = await startOther((config) => {
    config.providers[2].jwks_uri = `http://127.0.0.1:1/keys?key=${SECRETS[0]}`;
  });
  const { login } = await good.login('');
  assert.equal(codeOf(await send(other.url, '/x', { headers: { 'x-login': login } })), 'keys_unavailable');
  await eventually(() => assert.ok(other.logs.some(({ event }) => event === 'keys_refresh_failed')));
  hides(JSON.stringify(other.logs));
});

attack('a hostile audience or issuer writes the log', async () => {
  /** Refuses a token of `login` with this audience, and returns the line. */
  const lineOf = async (claims, code = 'audience_mismatch') => {
    const path = rig.path();
    const answer = await rig.refused(
      code,
      rig.signed('login', path, (all) => [{ ...all, ...claims }]),
      { path },
    );
    const { found, ...line } = await worker.logged({ path });
    assert.equal(line.found_unverified, undefined);
    assert.equal(line.detail, JSON.parse(answer.body.toString()).detail);
    if (found !== undefined) assert.ok(!answer.body.toString().includes(found), found);
    return found;
  };
  const hostile = `a\u0000\u001b[2J\n\u202e"\\${'x'.repeat(11_000)}`;
  const cases = [
    ['other', 'other'],
    [['a', 'b'], 'a, b'],
    [hostile, hostile.slice(0, 200)],
    ['ä€😀'.repeat(100), [...'ä€😀'.repeat(100)].slice(0, 200).join('')],
    [TOKEN, 'eyJh…'],
    [['a', TOKEN], 'a, eyJh…'],
    [`https://a.example/x?key=${SECRETS[0]}#${SECRETS[1]}`, 'https://a.example/x'],
    [
      [`https://u:${SECRETS[1]}@a.example`, `https://b.example/${TOKEN}/?k`],
      'https://a.example, https://b.example/eyJh…/',
    ],
    [Array.from({ length: 2000 }, () => 'ab'), 'ab, '.repeat(50)],
  ];
  for (const [aud, expected] of cases) assert.equal(await lineOf({ aud }), expected);
  assert.equal(await lineOf({ aud: undefined }, 'claim_missing'), undefined);
  assert.equal(await lineOf({ aud: [] }, 'claims_malformed'), undefined);
  assert.equal(await lineOf({ iss: `${LOGIN}/` }, 'issuer_mismatch'), `${LOGIN}/`);

  // With several issuers, `iss` is read before any signature is verified.
  const other = await startOther((config) => {
    config.providers.push({ ...config.providers[2], name: 'second', issuer: 'https://second.example' });
  });
  const ask = async (claims, path) => {
    const { login } = rig.signed('login', path, (all) => [{ ...all, ...claims }]);
    const answer = await send(other.url, path, { headers: { 'x-login': login } });
    const { found, found_unverified: unverified } = await other.logged({ path });
    return [codeOf(answer), found, unverified];
  };
  assert.deepEqual(await ask({ iss: `https://x.example/?k=${SECRETS[0]}` }, '/unverified'), [
    'issuer_mismatch',
    'https://x.example/',
    true,
  ]);
  assert.deepEqual(await ask({ aud: 'other' }, '/verified'), ['audience_mismatch', 'other', undefined]);

  // A candidate that refuses is not told of if another one accepts.
  const both = await startOther((config) => {
    config.providers.push({ ...config.providers[2], name: 'second', audiences: ['app-2'] });
  });
  const { login } = rig.signed('login', '/both', (all) => [{ ...all, aud: 'app-2' }]);
  assert.equal((await send(both.url, '/both', { headers: { 'x-login': login } })).status, 200);
  const allowed = await both.logged({ event: 'request', outcome: 'allowed' });
  assert.deepEqual([allowed.found, allowed.detail, allowed.provider], [undefined, undefined, 'second']);
  hides(JSON.stringify([...(await rig.logged()), ...other.logs, ...both.logs]));
});

attack('a refusal hides its reason from the log', async () => {
  const failing = await startOther((config) => {
    config.upstreams.named.url = 'http://127.0.0.1:1';
    config.upstreams.slow = { url: backend.url, timeout_ms: 100 };
    config.routes.push({ path: '/slow-headers/2000', access: 'public', upstream: 'slow' });
    config.routes.push({ path: '/post-only', methods: ['POST'] }, { path: '/post-only/*', methods: ['POST'] });
    config.unmatched = 'deny';
  });
  const { login } = await good.login('');
  const headers = { 'x-login': login };
  for (const [code, path, request] of /** @type {[string, string, import('../../testing/exchange.mjs').Sent][]} */ ([
    ['token_missing', '/admin/x', {}],
    ['credential_ambiguous', '/admin/x', { headers: { ...headers, 'x-session-id': 'a.b.c' } }],
    ['token_malformed', '/admin/x', { headers: { 'x-login': 'a.b' } }],
    ['permission_denied', '/admin/x', { headers }],
    ['route_unknown', '/nowhere', { headers }],
    ['path_ambiguous', '/a//b', { headers }],
    ['method_not_allowed', '/post-only', { headers }],
    ['body_not_allowed', '/open/x', { method: 'GET', body: 'x' }],
    ['upstream_unreachable', '/named/x', { headers }],
    ['upstream_timeout', '/slow-headers/2000', {}],
  ])) {
    const answer = await send(failing.url, path, request);
    assert.equal(codeOf(answer), code, path);
    const line = await failing.logged({ event: 'request', code });
    assert.equal(line.detail, JSON.parse(answer.body.toString()).detail);
    assert.equal(line.found, undefined);
  }
  const misconfigured = await startOther((config) => {
    config.unmatched = 1;
  });
  await send(misconfigured.url, '/x');
  const line = await misconfigured.logged({ event: 'request', code: 'misconfigured' });
  assert.equal(line.detail, "The gateway's configuration is invalid; its log names every fault.");
});

attack('a token is as long as a token may be, or longer', async () => {
  const LIMIT = 16_384;
  /** Makes a token that is signed and has exactly this length. Not every payload fits each length. */
  const ofLength = (kind, path, length) => {
    const make = (x, pad) =>
      rig.signed(kind, path, (claims, header) => [
        { ...claims, x: 'x'.repeat(x) },
        { ...header, pad: 'p'.repeat(pad) },
      ]);
    const size = (credential) => Object.values(credential)[0].length;
    for (let pad = 0; pad < 4; pad += 1) {
      let x = Math.floor(((length - size(make(0, pad))) * 3) / 4) - 4;
      while (size(make(x, pad)) < length) x += 1;
      if (size(make(x, pad)) === length) return make(x, pad);
    }
    assert.fail(`no token of ${length} bytes`);
  };
  // RS256 and EdDSA, with a scheme before the token and without.
  for (const kind of /** @type {const} */ (['login', 'mc', 'jtl'])) {
    const path = rig.path();
    const { fields } = await rig.passes(ofLength(kind, path, LIMIT), { path });
    assert.equal(fields['x-verified-user'], 'user-1');
    const longer = rig.path();
    await rig.refused('token_too_large', ofLength(kind, longer, LIMIT + 1), { path: longer });
    const { detail } = await worker.logged({ path: longer });
    assert.equal(detail, 'The credential is longer than 16384 bytes.');
  }
});
