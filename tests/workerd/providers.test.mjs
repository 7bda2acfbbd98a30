// Every kind of provider, alone and side by side.
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { compact } from '../../sim/compact.mjs';
import { startJtl } from '../../sim/jtl.mjs';
import { KeyRing, newKey } from '../../sim/keys.mjs';
import { parseChallenges } from './support/challenge.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';

const all = await startAll({ simulation: { gateway: { settings: { tokenLifetime: 600 } } } });
const { gateway, region, jtl, backend } = all;
// One more platform, whose issuer differs from the one of JTL's session keys.
const apps = await startJtl();
after(() => Promise.all([all.close(), apps.close()]));
beforeEach(() => {
  backend.reset();
  apps.endpoints.clear();
  apps.endpoints.reset();
});

const APP = { name: 'app', kind: 'jtl-app', app_id: 'app-1', issuer: apps.url };
const LOGIN = { name: 'login', kind: 'oidc', issuer: apps.url, audiences: ['app-1'], algorithms: ['RS256'] };
const ELSEWHERE = 'https://login.example.com';
const KEYS_URI = `${apps.url}/oauth/v2/keys`;
const [mc, session] = all.options.config.providers;

/**
 * Starts a worker with these providers. `judge(token or headers, path)` returns the provider that has accepted
 * the credential, as the backend is told, or the code of the refusal. `stored` are entries of KV.
 *
 * @param {object[]} providers
 * @param {{ stored?: Record<string, any>, [setting: string]: unknown }} [settings]
 */
async function withProviders(providers, { stored = {}, ...more } = {}) {
  const { config } = all.options;
  const worker = await startWorker({ ...all.options, config: { ...config, ...more, providers } });
  after(worker.dispose);
  for (const [issuer, { source = issuer, uri, keys }] of Object.entries(stored)) {
    await worker.kv.put(
      `jwks:${issuer}`,
      JSON.stringify({ source, jwks_uri: uri, fetched_at: Date.now(), jwks: JSON.stringify(keys) }),
    );
  }
  worker.ask = (credential, path = '/orders') =>
    send(worker.url, path, {
      headers: typeof credential === 'string' ? { authorization: `Bearer ${credential}` } : credential,
    });
  worker.judge = async (credential, path) => {
    backend.reset();
    const { status, body } = await worker.ask(credential, path);
    if (status !== 200) {
      assert.equal(backend.counters.requests, 0);
      return JSON.parse(body).code;
    }
    return identity()['x-verified-provider'];
  };
  return worker;
}

/** Returns what the backend is told about the caller. */
function identity() {
  const told = backend.requests[0].headers.filter(
    ([name]) => name.startsWith('x-verified-') && name !== 'x-verified-expires',
  );
  return Object.fromEntries(told);
}

const app = (claims, header) => apps.appToken({ claims, header });
const signed = (key, claims, header) =>
  compact(key, { alg: key.alg, kid: key.kid, ...header }, { ...apps.appClaims(), ...claims });
const fetches = (name) => apps.endpoints.counters[name].fetches;

describe('JTL’s app token', async () => {
  const worker = await withProviders([APP]);

  it('tells user, tenant and issuer', async () => {
    assert.equal(await worker.judge(await app()), 'app');
    assert.deepEqual(identity(), {
      'x-verified-provider': 'app',
      'x-verified-issuer': apps.url,
      'x-verified-user': 'user-1',
      'x-verified-tenant': 'tenant-1',
    });
  });

  for (const [what, claims, expected] of [
    ['for this app and others', { aud: ['other', 'app-1'] }, 'app'],
    ['for this app, not in an array', { aud: 'app-1' }, 'app'],
    ['for another app', { aud: ['app-2'], 'urn:jtl:app_id': 'app-2' }, 'audience_mismatch'],
    ['for nobody', { aud: null }, 'claim_missing'],
    ['of another app, for this one', { 'urn:jtl:app_id': 'app-2' }, 'claim_mismatch'],
    ['of an app that is no text', { 'urn:jtl:app_id': 1 }, 'claims_malformed'],
    ['of no app', { 'urn:jtl:app_id': null }, 'app'],
    ['without a tenant', { 'urn:jtl:tenant_id': null }, 'app'],
    ['of a tenant that is no text', { 'urn:jtl:tenant_id': 7 }, 'claims_malformed'],
    ['without a user', { sub: null }, 'claim_missing'],
    ['of another issuer', { iss: `${apps.url}/` }, 'issuer_mismatch'],
    ['of no issuer', { iss: null }, 'claim_missing'],
  ]) {
    it(`${what}: ${expected}`, async () => assert.equal(await worker.judge(await app(claims)), expected));
  }

  it('is none of JTL’s session tokens', async () => {
    assert.equal(await worker.judge(await apps.sessionToken()), 'algorithm_not_allowed');
    assert.equal(await worker.judge({ 'x-session-id': await app() }), 'token_missing');
  });

  it('is verified with the keys beside its issuer, without discovery', async () => {
    const fresh = await withProviders([APP]);
    assert.equal(await fresh.judge(await app()), 'app');
    assert.deepEqual([fetches('app-keys'), fetches('app-discovery')], [1, 0]);
  });

  it('is from id.jtl-cloud.com where nothing else is said', async () => {
    const { issuer: _, ...usual } = APP;
    const source = 'https://id.jtl-cloud.com';
    const fresh = await withProviders([usual], {
      stored: { [source]: { uri: `${source}/oauth/v2/keys`, keys: apps.appKeys.jwks() } },
    });
    assert.equal(await fresh.judge(await app({ iss: source })), 'app');
  });
});

describe('OpenID Connect', () => {
  it('finds its keys by way of the issuer’s metadata', async () => {
    const worker = await withProviders([LOGIN]);
    assert.equal(await worker.judge(await app({ scope: 'orders:read a b' })), 'login');
    assert.deepEqual(identity(), {
      'x-verified-provider': 'login',
      'x-verified-issuer': apps.url,
      'x-verified-user': 'user-1',
      'x-verified-permissions': 'orders:read a b',
    });
    assert.deepEqual([fetches('app-discovery'), fetches('app-keys')], [1, 1]);
  });

  it('takes no keys from metadata that name another issuer', async () => {
    const slash = `${apps.url}/`;
    const worker = await withProviders([{ ...LOGIN, issuer: slash }]);
    const answer = await worker.ask(await app({ iss: slash }));
    assert.deepEqual(
      [answer.status, JSON.parse(answer.body).code, /^\d+$/.test(answer.headers['retry-after'])],
      [503, 'keys_unavailable', true],
    );
    await worker.logged({ event: 'keys_refresh_failed', source: slash, cause: 'the metadata names another issuer' });
    assert.deepEqual([fetches('app-discovery'), fetches('app-keys'), backend.counters.requests], [1, 0, 0]);
  });

  for (const [fault, cause] of [
    ['down', 'metadata: no response'],
    ['html', 'the metadata is not strict JSON'],
    ['redirect', 'metadata: status 302'],
    ['status', 'metadata: status 503'],
    ['huge', 'metadata: the response is too large'],
  ]) {
    it(`takes no keys where the metadata are out of order: ${fault}`, async () => {
      const worker = await withProviders([LOGIN]);
      apps.endpoints.set('app-discovery', fault);
      assert.equal(await worker.judge(await app()), 'keys_unavailable');
      await worker.logged({ event: 'keys_refresh_failed', source: apps.url, cause });
      assert.equal(fetches('app-keys'), 0);
    });
  }

  it('takes no keys from this machine for an issuer elsewhere', async () => {
    const issuer = 'https://issuer.invalid';
    for (const [uri, expected] of [
      [KEYS_URI, 'keys_unavailable'],
      ['https://169.254.169.254/keys', 'keys_unavailable'],
      [`${issuer}/keys`, 'login'],
    ]) {
      const worker = await withProviders([{ ...LOGIN, issuer }], {
        stored: { [issuer]: { source: `${issuer} by discovery`, uri, keys: apps.appKeys.jwks() } },
      });
      assert.equal(await worker.judge(await app({ iss: issuer })), expected, uri);
      if (expected === 'login') continue;
      await worker.logged({ event: 'key_store_failed', source: issuer, cause: 'belongs to another source' });
      // The issuer is asked instead. It does not exist, which the runtime logs.
      const line = await worker.logged({ level: 'error' });
      worker.logs.splice(worker.logs.indexOf(line), 1);
    }
    assert.equal(fetches('app-keys'), 0);
  });

  it('finds them where the configuration says, without metadata', async () => {
    const worker = await withProviders([{ ...LOGIN, issuer: ELSEWHERE, jwks_uri: `${KEYS_URI}?v=1` }]);
    assert.equal(await worker.judge(await app({ iss: ELSEWHERE })), 'login');
    assert.deepEqual([fetches('app-discovery'), fetches('app-keys')], [0, 1]);
    assert.equal(await worker.judge(await app()), 'issuer_mismatch');
  });

  it('fetches nothing where the configuration has them', async () => {
    const worker = await withProviders([{ ...LOGIN, jwks: apps.appKeys.jwks() }]);
    assert.equal(await worker.judge(await app()), 'login');
    assert.equal(await worker.judge(await app({}, { kid: 'nobody' })), 'key_unknown');
    const { kid } = apps.appKeys.signer;
    assert.equal(await worker.judge(signed(await newKey('RS256', kid))), 'signature_invalid');
    await worker.cron();
    assert.deepEqual(
      Object.values(apps.endpoints.counters).map((counter) => counter.fetches),
      [0, 0, 0, 0, 0, 0],
    );
    assert.deepEqual((await worker.kv.list()).keys, []);
  });

  describe('accepts any of its audiences', async () => {
    const worker = await withProviders([{ ...LOGIN, audiences: ['a', 'https://b.example/'] }]);
    for (const [aud, expected] of [
      ['a', 'login'],
      ['https://b.example/', 'login'],
      [['x', 'a'], 'login'],
      [['a', 'https://b.example/'], 'login'],
      ['b', 'audience_mismatch'],
      ['A', 'audience_mismatch'],
      ['aa', 'audience_mismatch'],
      ['https://b.example', 'audience_mismatch'],
      [['x', 'y'], 'audience_mismatch'],
      ['', 'audience_mismatch'],
      [null, 'claim_missing'],
      [['a', 1], 'claims_malformed'],
    ]) {
      it(`${JSON.stringify(aud)}: ${expected}`, async () =>
        assert.equal(await worker.judge(await app({ aud })), expected));
    }

    it('and says which they are', async () => {
      const { detail } = JSON.parse((await worker.ask(await app())).body);
      assert.equal(detail, 'The token’s aud must be a or https://b.example/.'.replace('’', "'"));
    });
  });

  describe('accepts some types of token', async () => {
    const usual = await withProviders([LOGIN]);
    const one = await withProviders([{ ...LOGIN, types: ['at+JWT'] }]);
    for (const [typ, expected, ofOne] of [
      ['JWT', 'login', 'header_malformed'],
      ['jwt', 'login', 'header_malformed'],
      [null, 'login', 'header_malformed'],
      ['application/jwt', 'login', 'header_malformed'],
      ['at+jwt', 'login', 'login'],
      ['application/AT+JWT', 'login', 'login'],
      ['logout+jwt', 'header_malformed', 'header_malformed'],
      ['dpop+jwt', 'header_malformed', 'header_malformed'],
      ['text/jwt', 'header_malformed', 'header_malformed'],
      [['JWT'], 'header_malformed', 'header_malformed'],
    ]) {
      it(`${JSON.stringify(typ)}: ${expected}, or ${ofOne} where at+jwt is demanded`, async () => {
        const token = signed(apps.appKeys.signer, {}, typ === null ? {} : { typ });
        assert.deepEqual([await usual.judge(token), await one.judge(token)], [expected, ofOne]);
      });
    }
  });

  describe('looks where it is told', () => {
    for (const [
      place,
      changes,
      good,
      bad,
    ] of /** @type {[string, object, (token: string) => object, (token: string) => [object, string]][]} */ ([
      [
        'a header',
        { header: 'X-Token' },
        (t) => ({ 'x-token': t }),
        (t) => [{ 'x-token': `Bearer ${t}` }, 'credential_malformed'],
      ],
      [
        'a header with a scheme',
        { header: 'x-token', scheme: 'JWT' },
        (t) => ({ 'x-token': `jwt ${t}` }),
        (t) => [{ 'x-token': t }, 'credential_malformed'],
      ],
      [
        'another scheme',
        { scheme: 'Token' },
        (t) => ({ authorization: `Token ${t}` }),
        (t) => [{ authorization: `Bearer ${t}` }, 'credential_malformed'],
      ],
      [
        'a header beside Authorization',
        { header: 'x-token' },
        (t) => ({ 'x-token': t, authorization: 'Basic YTpi' }),
        (t) => [{ authorization: `Bearer ${t}` }, 'token_missing'],
      ],
    ])) {
      it(place, async () => {
        const worker = await withProviders([{ ...LOGIN, ...changes }]);
        assert.equal(await worker.judge(good(await app())), 'login');
        assert.equal(
          backend.requests[0].headers.some(([name]) => name === 'x-token'),
          false,
        );
        const [headers, code] = bad(await app());
        assert.equal(await worker.judge(headers), code);
      });
    }
  });

  describe('may demand claims', async () => {
    const worker = await withProviders([
      { ...LOGIN, required_claims: { email_verified: true, 'realm.roles': 'staff' } },
    ]);
    const good = { email_verified: true, realm: { roles: ['staff', 'x'] } };
    for (const [what, claims, expected] of [
      ['all are there', good, 'login'],
      ['one is there as a text', { ...good, realm: { roles: 'staff' } }, 'login'],
      ['one is false', { ...good, email_verified: false }, 'claim_mismatch'],
      ['one is of another type', { ...good, email_verified: 'true' }, 'claim_mismatch'],
      ['one is missing', { realm: good.realm }, 'claim_missing'],
      ['one inside another is missing', { ...good, realm: {} }, 'claim_missing'],
      ['one has other values', { ...good, realm: { roles: ['x'] } }, 'claim_mismatch'],
    ]) {
      it(`${what}: ${expected}`, async () => assert.equal(await worker.judge(await app(claims)), expected));
    }
  });

  describe('takes Ed25519', async () => {
    const key = await newKey('EdDSA');
    const { alg: _, ...plain } = key.jwk;
    const provider = (jwk) => ({ ...LOGIN, algorithms: ['EdDSA'], jwks: { keys: [jwk] } });
    for (const [what, jwk] of [
      ['of no algorithm', plain],
      ['of EdDSA', key.jwk],
      ['of Ed25519', { ...plain, alg: 'Ed25519' }],
    ]) {
      it(`by both of its names, with a key ${what}`, async () => {
        const worker = await withProviders([provider(jwk)]);
        for (const alg of ['EdDSA', 'Ed25519'])
          assert.equal(await worker.judge(signed(key, {}, { alg })), 'login', alg);
        for (const alg of ['eddsa', 'ES256', 'Ed448', 'none'])
          assert.equal(await worker.judge(signed(key, {}, { alg })), 'algorithm_not_allowed', alg);
        assert.equal(
          await worker.judge(signed(await newKey('EdDSA', key.kid), {}, { alg: 'Ed25519' })),
          'signature_invalid',
        );
        assert.equal(await worker.judge(await app()), 'algorithm_not_allowed');
      });
    }
  });
});

describe('side by side on Authorization, with one key id for all', async () => {
  const other = await startJtl();
  after(other.close);
  const kid = 'shared';
  const regions = Object.values(gateway.regions);
  const worker = await withProviders([mc, session, APP, { ...LOGIN, issuer: other.url }]);
  await Promise.all(
    [regions[0].keys, regions[1].keys, apps.appKeys, other.appKeys].map((keys) => keys.rotate({ mode: 'abrupt', kid })),
  );

  const audience = () => `${worker.url}/orders`;
  const PARTIES = {
    'the first region': {
      keys: regions[0].keys,
      claims: () => regions[0].claims({ audience: audience() }),
      name: 'mc',
    },
    'the second region': {
      keys: regions[1].keys,
      claims: () => regions[1].claims({ audience: audience() }),
      name: 'mc',
    },
    'the app': { keys: apps.appKeys, claims: () => apps.appClaims(), name: 'app' },
    'the login': { keys: other.appKeys, claims: () => other.appClaims(), name: 'login' },
  };
  const sign = ({ keys }, claims) => keys.sign(claims, { alg: 'RS256', kid });

  for (const [who, party] of Object.entries(PARTIES)) {
    it(`${who}’s tokens are accepted, and no one else may write them`, async () => {
      const claims = party.claims();
      assert.equal(await worker.judge(await sign(party, claims)), party.name);
      assert.equal(identity()['x-verified-issuer'], claims.iss);
      for (const impostor of Object.values(PARTIES).filter((one) => one !== party)) {
        assert.equal(await worker.judge(await sign(impostor, claims)), 'signature_invalid');
        assert.notEqual(
          await worker.judge(await sign(party, { ...claims, iss: impostor.claims().iss })),
          impostor.name,
        );
      }
    });
  }

  it('JTL’s sessions are judged by their own header', async () => {
    assert.equal(await worker.judge({ 'x-session-id': await jtl.sessionToken() }), 'jtl');
    assert.equal(await worker.judge(await jtl.sessionToken()), 'algorithm_not_allowed');
  });

  it('an issuer that is none of theirs is refused, and a token without one', async () => {
    const { 'the app': party } = PARTIES;
    for (const iss of ['https://issuer.invalid', `${apps.url}/`, apps.url.toUpperCase(), '', undefined])
      assert.equal(await worker.judge(await sign(party, { ...party.claims(), iss })), 'issuer_mismatch', iss);
  });
});

describe('one issuer twice', async () => {
  const first = { ...LOGIN, name: 'first', audiences: ['a', 'c'] };
  const second = { ...LOGIN, name: 'second', audiences: ['b', 'c'] };
  const worker = await withProviders([first, second], {
    unmatched: 'session',
    routes: [
      { path: '/back/*', providers: ['second', 'first'] },
      { path: '/second', providers: ['second'] },
    ],
  });

  for (const [aud, expected, ofSecond] of [
    ['a', 'first', 'audience_mismatch'],
    ['b', 'second', 'second'],
    ['c', 'first', 'second'],
    [['b', 'a'], 'first', 'second'],
    ['d', 'audience_mismatch', 'audience_mismatch'],
  ]) {
    it(`the first that fits, in the order of the file: ${JSON.stringify(aud)}`, async () => {
      const token = await app({ aud });
      assert.deepEqual(
        [await worker.judge(token), await worker.judge(token, '/back'), await worker.judge(token, '/second')],
        [expected, expected, ofSecond],
      );
    });
  }

  it('its keys are fetched once, and where none fits the first one’s refusal stands', async () => {
    const fresh = await withProviders([first, second]);
    const { detail } = JSON.parse((await fresh.ask(await app({ aud: 'd' }))).body);
    assert.match(detail, /aud must be a or c\.$/);
    assert.equal(await fresh.judge(await app({ aud: 'b' })), 'second');
    assert.equal(fetches('app-keys'), 1);
  });

  describe('with another algorithm each', async () => {
    const [rsa, ed] = await Promise.all([newKey('RS256', 'same'), newKey('EdDSA', 'same')]);
    const jwks = { keys: [rsa.jwk, ed.jwk] };
    const each = await withProviders(
      [
        { ...first, jwks, algorithms: ['RS256'] },
        { ...second, jwks, algorithms: ['EdDSA'] },
      ],
      {
        unmatched: 'session',
        routes: [
          { path: '/first', providers: ['first'] },
          { path: '/second', providers: ['second'] },
        ],
      },
    );
    for (const [key, aud, path, expected] of /** @type {[{ alg: string }, string, string, string][]} */ ([
      [rsa, 'a', '/', 'first'],
      [ed, 'b', '/', 'second'],
      [rsa, 'c', '/', 'first'],
      [ed, 'c', '/', 'second'],
      [rsa, 'b', '/', 'audience_mismatch'],
      [ed, 'a', '/', 'audience_mismatch'],
      [ed, 'a', '/first', 'algorithm_not_allowed'],
      [ed, 'c', '/first', 'algorithm_not_allowed'],
      [rsa, 'b', '/second', 'algorithm_not_allowed'],
      [rsa, 'c', '/second', 'algorithm_not_allowed'],
    ])) {
      it(`${key.alg} for ${aud} at ${path}: ${expected}`, async () =>
        assert.equal(await each.judge(signed(key, { aud }), path), expected));
    }
  });
});

describe('a provider whose refusals are 403', async () => {
  const worker = await withProviders([{ ...APP, reject_status: 403 }, { ...session }, { ...mc, reject_status: 401 }], {
    unmatched: 'session',
    routes: [{ path: '/app', providers: ['app'] }],
  });
  const statusOf = async (...args) => {
    const answer = await worker.ask(...args);
    return [answer.status, parseChallenges(answer.headers['www-authenticate'])[0].params.error];
  };

  it('for a token that is refused, and for nothing else', async () => {
    const wrong = await app({ aud: 'x' });
    assert.deepEqual(await statusOf(wrong, '/app'), [403, 'invalid_token']);
    assert.deepEqual(await statusOf('x', '/app'), [403, 'invalid_token']);
    assert.deepEqual(await statusOf({}, '/app'), [401, undefined]);
    assert.deepEqual(await statusOf({ authorization: 'Basic x' }, '/app'), [400, 'invalid_request']);
  });

  it('beside others only once it is the one', async () => {
    assert.deepEqual(await statusOf(await app({ aud: 'x' }), '/'), [403, 'invalid_token']);
    assert.deepEqual(await statusOf('x', '/'), [401, 'invalid_token']);
    assert.deepEqual(await statusOf(await app({ iss: 'https://issuer.invalid' }), '/'), [401, 'invalid_token']);
    assert.deepEqual(await statusOf(await region.token({ audience: 'https://x.example' }), '/'), [
      401,
      'invalid_token',
    ]);
  });
});

describe('the Merchant Center’s regions by name', async () => {
  const keys = await KeyRing.create('RS256');
  const V1 = 'https://mc-api.commercetools.com';
  const V2 = 'https://mc-api.europe-west1.gcp.commercetools.com';
  const OTHER_V1 = 'https://mc-api.commercetools.co';
  const stored = Object.fromEntries(
    [V1, V2, OTHER_V1].map((source) => [source, { uri: `${source}/.well-known/jwks.json`, keys: keys.jwks() }]),
  );
  const provider = { name: 'mc', kind: 'merchant-center', regions: ['gcp-eu'] };
  const legacy = await withProviders([{ ...provider, legacy_v1: true }], { stored });
  const usual = await withProviders([provider], { stored });

  const token = ({ url }, iss) => {
    const claims = region.claims({ audience: `${url}/orders` });
    return keys.sign({ ...claims, iss, [`${iss}/claims/project_key`]: 'shop-eu' });
  };

  for (const [what, iss, withLegacy, without] of [
    ['its own issuer', V2, 'mc', 'mc'],
    ['the first version’s', V1, 'mc', 'issuer_mismatch'],
    ['the first version’s in another region', OTHER_V1, 'issuer_mismatch', 'issuer_mismatch'],
  ]) {
    it(`${what}: ${withLegacy}, or ${without} where the first version is not allowed`, async () => {
      assert.equal(await legacy.judge(await token(legacy, iss)), withLegacy);
      if (withLegacy === 'mc')
        assert.deepEqual([identity()['x-verified-issuer'], identity()['x-verified-project']], [iss, 'shop-eu']);
      assert.equal(await usual.judge(await token(usual, iss)), without);
    });
  }
});
