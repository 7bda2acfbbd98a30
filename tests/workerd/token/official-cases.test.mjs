// The cases of commercetools' own tests of its verifier, put to the worker.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { startSimulation } from '../../../sim/index.mjs';
import { LEGACY_ISSUERS } from '../../../sim/exchange-token.mjs';
import { KeyRing } from '../../../sim/keys.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';
import { FORWARDED, identityOf, officialVerifier } from '../support/subject.mjs';

const PUBLIC_URL = 'https://api.example.com';
const REGIONS = {
  'gcp-au': 'https://mc-api.australia-southeast1.gcp.commercetools.com',
  'gcp-eu': 'https://mc-api.europe-west1.gcp.commercetools.com',
  'gcp-us': 'https://mc-api.us-central1.gcp.commercetools.com',
  'aws-eu': 'https://mc-api.eu-central-1.aws.commercetools.com',
  'aws-us': 'https://mc-api.us-east-2.aws.commercetools.com',
};
const OLD_NAMES = { 'aws-fra': REGIONS['aws-eu'], 'aws-ohio': REGIONS['aws-us'] };

const { gateway, backend, close } = await startSimulation({ gateway: { regions: ['gcp-eu'] } });
const custom = gateway.regions['gcp-eu'];
const workers = [];
after(async () => {
  await close();
  await Promise.all(workers.map((worker) => worker.dispose()));
});

async function start({ public_url = PUBLIC_URL, ...provider }) {
  const config = {
    ...(public_url && { public_url }),
    providers: [{ name: 'mc', kind: 'merchant-center', ...provider }],
    upstreams: { origin: { url: backend.url } },
  };
  const worker = await startWorker({ config });
  workers.push(worker);
  return worker;
}

/** Replaces the keys of an issuer that cannot be reached from here by our own. */
async function publish(worker, issuer) {
  const ring = await KeyRing.create('RS256');
  const entry = {
    source: issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    fetched_at: Date.now(),
    jwks: JSON.stringify(ring.jwks()),
  };
  await worker.kv.put(`jwks:${issuer}`, JSON.stringify(entry));
  return ring;
}

/**
 * The claims of the tokens in their tests, and `type`, which the real gateway writes and their verifier does
 * not ask for.
 */
function claimsOf(issuer, { audience = `${PUBLIC_URL}/`, ...more } = {}) {
  const now = Math.floor(Date.now() / 1000);
  return {
    sub: 'user-id',
    iss: issuer,
    aud: audience,
    iat: now,
    exp: now + 60,
    type: 'exchange',
    [`${issuer}/claims/project_key`]: 'project-key',
    ...more,
  };
}

/** Returns what the backend learns, or why the request has not reached it. */
async function ask(worker, token, { target = '/', headers = FORWARDED } = {}) {
  const { status, body } = await send(worker.url, target, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const answer = JSON.parse(body.toString());
  return status === 200 ? identityOf(answer.headers) : answer.code;
}

const VALID = { user: 'user-id', project: 'project-key' };
const OFFICIAL = { userId: 'user-id', projectKey: 'project-key' };

describe('the audience', () => {
  for (const audience_policy of ['forward-url-full-path', 'forward-url-origin']) {
    for (const public_url of [PUBLIC_URL, `${PUBLIC_URL}/`]) {
      it(`of ${public_url} under ${audience_policy}`, async () => {
        const worker = await start({ public_url, regions: [custom.url], audience_policy });
        const verify = officialVerifier({ audience: public_url, issuer: custom.url, audiencePolicy: audience_policy });
        for (const [target, path] of [
          ['/', ''],
          ['/hello/world', '/hello/world'],
          ['/hello/world?foo=bar', '/hello/world'],
        ]) {
          const expected = PUBLIC_URL + (audience_policy === 'forward-url-origin' ? '' : path);
          const token = await custom.keys.sign(claimsOf(custom.url, { audience: expected }));
          assert.deepEqual(await ask(worker, token, { target }), VALID, target);
          assert.deepEqual(await verify({ token, target }), OFFICIAL, target);

          for (const audience of [
            `${expected}/x`,
            `${PUBLIC_URL}/hello/world?foo=bar`,
            `${PUBLIC_URL}/hello`,
            PUBLIC_URL.replace('https', 'http'),
            'https://api.example.com.invalid',
          ]) {
            const other = await custom.keys.sign(claimsOf(custom.url, { audience }));
            assert.equal(await ask(worker, other, { target }), 'audience_mismatch', `${audience} for ${target}`);
            await assert.rejects(verify({ token: other, target }), { claim: 'aud' });
          }
        }
      });
    }
  }
});

describe('the session', () => {
  /** @type {Record<string, [object, { user: string, project: string, permissions?: string[] }]>} */
  const cases = {
    'the user from sub': [{ sub: 'other' }, { ...VALID, user: 'other' }],
    'the project key from its claim': [
      { [`${custom.url}/claims/project_key`]: 'other' },
      { ...VALID, project: 'other' },
    ],
    'the permissions from their claim': [
      { [`${custom.url}/claims/user_permissions`]: ['canViewOrders', 'canManageProducts'] },
      { ...VALID, permissions: ['canViewOrders', 'canManageProducts'] },
    ],
    'no permissions where there are none': [{ [`${custom.url}/claims/user_permissions`]: [] }, VALID],
    'nothing else': [{ email: 'user@example.com' }, VALID],
  };
  const stricter = {
    'without sub': [{ sub: undefined }, 'claim_missing'],
    'without a project key': [{ [`${custom.url}/claims/project_key`]: undefined }, 'claim_missing'],
    'without type': [{ type: undefined }, 'claim_missing'],
    'without exp': [{ exp: undefined }, 'claim_missing'],
    'with the project key of another issuer': [
      { [`${custom.url}/claims/project_key`]: undefined, [`${REGIONS['gcp-eu']}/claims/project_key`]: 'other' },
      'claim_missing',
    ],
  };
  const worker = start({ regions: [custom.url] });
  const verify = officialVerifier({ audience: PUBLIC_URL, issuer: custom.url });
  const sign = (changes) => custom.keys.sign(claimsOf(custom.url, { audience: PUBLIC_URL, ...changes }));

  for (const [name, [changes, expected]] of Object.entries(cases)) {
    it(`has ${name}`, async () => {
      const token = await sign(changes);
      assert.deepEqual(await ask(await worker, token), expected);
      const { user: userId, project: projectKey, permissions: userPermissions } = expected;
      assert.deepEqual(await verify({ token, target: '/' }), {
        userId,
        projectKey,
        ...(userPermissions && { userPermissions }),
      });
    });
  }
  for (const [name, [changes, code]] of Object.entries(stricter)) {
    it(`is none for a token ${name}, though commercetools’ verifier makes one: stricter on purpose`, async () => {
      const token = await sign(changes);
      assert.equal(await ask(await worker, token), code);
      assert.equal(typeof (await verify({ token, target: '/' })), 'object');
    });
  }
});

describe('a valid token', () => {
  const regions = [custom.url, ...Object.keys(REGIONS)];
  const started = start({ regions }).then(async (worker) => {
    const rings = await Promise.all(
      Object.values(REGIONS).map(async (issuer) => [issuer, await publish(worker, issuer)]),
    );
    return { worker, rings: { [custom.url]: custom.keys, ...Object.fromEntries(rings) } };
  });
  const identifiers = { 'a custom issuer': custom.url, ...REGIONS };

  for (const [name, issuer] of Object.entries(identifiers)) {
    it(`of ${name}`, async () => {
      const { worker, rings } = await started;
      assert.deepEqual(await ask(worker, await rings[issuer].sign(claimsOf(issuer))), VALID);
      const { headers } = backend.requests.at(-1);
      assert.equal(Object.fromEntries(headers)['x-verified-issuer'], issuer);
    });

    it(`of ${name}, while another is in the header, infers nothing from that`, async () => {
      const { worker, rings } = await started;
      const token = await rings[issuer].sign(claimsOf(issuer));
      for (const identifier of [
        ...Object.keys(REGIONS),
        ...Object.keys(OLD_NAMES),
        'gcp-xx',
        'https://issuer.invalid',
        '',
      ]) {
        assert.deepEqual(
          await ask(worker, token, { headers: { ...FORWARDED, 'x-mc-api-cloud-identifier': identifier } }),
          VALID,
        );
      }
    });

    // An unknown key causes one fetch, and only the custom issuer can be reached from here.
    if (issuer === custom.url)
      it(`of ${name} is by none of the others’ keys`, async () => {
        const { worker, rings } = await started;
        for (const other of Object.values(identifiers).filter((found) => found !== issuer)) {
          assert.equal(await ask(worker, await rings[other].sign(claimsOf(issuer))), 'key_unknown');
        }
      });
  }

  for (const [name, issuer] of Object.entries(OLD_NAMES)) {
    it(`of ${name}, the old name`, async () => {
      const worker = await start({ regions: [name] });
      const ring = await publish(worker, issuer);
      assert.deepEqual(await ask(worker, await ring.sign(claimsOf(issuer))), VALID);
    });
  }

  it('of the first version, where that is configured', async () => {
    const worker = await start({ regions: Object.keys(LEGACY_ISSUERS), legacy_v1: true });
    for (const [identifier, issuer] of Object.entries(LEGACY_ISSUERS)) {
      const ring = await publish(worker, issuer);
      const headers = { 'x-mc-api-cloud-identifier': identifier, 'x-mc-api-forward-to-version': 'v1' };
      assert.deepEqual(await ask(worker, await ring.sign(claimsOf(issuer)), { headers }), VALID);
      const { worker: without } = await started;
      assert.equal(await ask(without, await ring.sign(claimsOf(issuer)), { headers }), 'issuer_mismatch');
    }
  });
});

describe('what is missing', () => {
  const token = (audience) => custom.keys.sign(claimsOf(custom.url, { audience }));

  it('a path that begins with "/": another is refused, or is "/" for the runtime and so for the backend', async () => {
    const worker = await start({ regions: [custom.url] });
    const verify = officialVerifier({ audience: PUBLIC_URL, issuer: custom.url });
    const good = await token(PUBLIC_URL);
    assert.equal(await ask(worker, good, { target: '*' }), 'path_ambiguous');
    assert.equal(await ask(worker, await token(`${PUBLIC_URL}/orders`), { target: 'orders' }), 'audience_mismatch');
    assert.deepEqual(await ask(worker, good, { target: 'orders' }), VALID);
    assert.equal(backend.requests.at(-1).url, '/');
    for (const target of ['*', 'orders', '', undefined])
      await assert.rejects(verify({ token: good, target }), /Invalid request URI path/);
  });

  it('an audience: that of the request is expected, where commercetools’ verifier cannot be made', async () => {
    const worker = await start({ public_url: null, regions: [custom.url] });
    assert.deepEqual(await ask(worker, await token(`${worker.url}/orders`), { target: '/orders' }), VALID);
    assert.equal(await ask(worker, await token(`${PUBLIC_URL}/orders`), { target: '/orders' }), 'audience_mismatch');
    assert.throws(() => officialVerifier({ issuer: custom.url }), /Missing required option "audience"/);
  });

  for (const [what, provider, message] of /** @type {[string, { regions?: string[] }, RegExp][]} */ ([
    ['an issuer', {}, /Missing required option "issuer"/],
    ['a valid issuer', { regions: ['invalid'] }, /Invalid issuer URL/],
  ])) {
    it(`${what}: every request is refused`, async () => {
      const worker = await start(provider);
      assert.equal(await ask(worker, await token(PUBLIC_URL)), 'misconfigured');
      assert.throws(() => officialVerifier({ audience: PUBLIC_URL, issuer: provider.regions?.[0] }), message);
    });
  }

  it('a header of the gateway: commercetools’ verifier asks for one; here the token says it all', async () => {
    const worker = await start({ regions: [custom.url] });
    const verify = officialVerifier({ audience: PUBLIC_URL, issuer: custom.url });
    const good = await token(PUBLIC_URL);
    for (const name of Object.keys(FORWARDED)) {
      const headers = { ...FORWARDED, [name]: '' };
      assert.deepEqual(await ask(worker, good, { headers }), VALID);
      await assert.rejects(verify({ token: good, target: '/', headers }), /^Error: Missing "X-MC-API-/);
    }
  });

  it('the token', async () => {
    const worker = await start({ regions: [custom.url] });
    const { status, body } = await send(worker.url, '/', { headers: FORWARDED });
    assert.deepEqual([status, JSON.parse(body.toString()).code], [401, 'token_missing']);
  });
});
