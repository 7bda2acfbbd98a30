// The examples of examples/backend against assertions of the worker, and against others.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { SignJWT, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { encode, signingInput } from '../../sim/compact.mjs';
import { listen } from '../../sim/listen.mjs';
import { newAssertionKey } from '../../testing/assertion-key.mjs';
import { send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { LANGUAGES, start } from './languages.mjs';

const AUDIENCE = 'https://backend.example.com';
const HEADER = 'x-verified-assertion';

const jwk = await newAssertionKey();
const foreignKey = await newAssertionKey();
const kid = await calculateJwkThumbprint(jwk);

// This server stands at the public URL, which must be known before the worker has one.
const door = createServer(async (req, res) => {
  const { status, headers, body } = await send(all.worker.url, req.url);
  res.writeHead(status, { 'content-type': headers['content-type'] }).end(body);
});
const PUBLIC_URL = await listen(door);

const all = await startAll({
  bindings: { ASSERTION_KEY: JSON.stringify(jwk) },
  change: (config, { backend }) => ({
    ...config,
    public_url: PUBLIC_URL,
    upstreams: {
      origin: { url: backend.url, assertion: { signing_key_secret_name: 'ASSERTION_KEY', audience: AUDIENCE } },
      other: {
        url: backend.url,
        assertion: { signing_key_secret_name: 'ASSERTION_KEY', audience: 'https://other.example.com' },
      },
    },
    unmatched: 'session',
    routes: [{ path: '/other', providers: ['jtl'], upstream: 'other' }],
  }),
});
after(async () => {
  await all.close();
  door.closeAllConnections();
  door.close();
});

/** Returns the assertion that the worker makes for a call. */
async function fromWorker(path) {
  await send(all.worker.url, path, { headers: { 'x-session-id': await all.jtl.sessionToken() } });
  return all.backend.requests.at(-1).headers.find(([name]) => name === HEADER)[1];
}

const now = () => Math.floor(Date.now() / 1000);
const claims = () => ({
  iss: PUBLIC_URL,
  aud: AUDIENCE,
  sub: 'user-1',
  iat: now(),
  exp: now() + 60,
  jti: 'x',
  session: {},
});
/** @param {object} changes @param {{ key?: import('jose').JWK, header?: object }} [options] */
const signed = (changes, { key = jwk, header } = {}) =>
  new SignJWT({ ...claims(), ...changes }).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid, ...header }).sign(key);

async function tampered() {
  const [header, , signature] = (await fromWorker('/orders')).split('.');
  return [header, encode({ ...claims(), sub: 'admin' }), signature].join('.');
}

async function withPublicKeyAsSecret() {
  const { d: _, ...publicJwk } = jwk;
  const head = signingInput({ alg: 'HS256', typ: 'JWT', kid }, claims());
  const secrets = [
    createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
    Buffer.from(jwk.x, 'base64url'),
  ];
  return secrets.map((secret) => `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`);
}

const unsigned = (alg, signature = '') => `${signingInput({ alg, typ: 'JWT', kid }, claims())}.${signature}`;

/** What a backend must refuse: title → the assertions. Each differs from the worker's own in that one thing. */
const REFUSED = {
  'for another backend, from the worker itself': async () => [await fromWorker('/other')],
  'for several backends, none of them this one': async () => [await signed({ aud: ['https://other.example.com'] })],
  'without audience': async () => [await signed({ aud: undefined })],
  expired: async () => [await signed({ iat: now() - 120, exp: now() - 60 })],
  'without expiry': async () => [await signed({ exp: undefined })],
  'of another issuer': async () => [
    await signed({ iss: 'https://other.example.com' }),
    await signed({ iss: `${PUBLIC_URL}/` }),
    await signed({ iss: undefined }),
  ],
  tampered: async () => [await tampered()],
  'signed with another key, under the published id or its own': async () => [
    await signed({}, { key: foreignKey }),
    await signed({}, { key: foreignKey, header: { kid: 'foreign' } }),
  ],
  'with a key in its header': async () => [
    await signed(
      {},
      { key: foreignKey, header: { kid: undefined, jwk: await exportJWK((await generateKeyPair('EdDSA')).publicKey) } },
    ),
  ],
  'not signed: alg none': async () => ['none', 'None', ''].map((alg) => unsigned(alg)),
  'with a signature cut off': async () => [unsigned('EdDSA')],
  'authenticated with the public key as a secret': withPublicKeyAsSecret,
  'none at all': async () => [null, '', '.', '..', 'a.b.c', 'x', 'ä'.repeat(100)],
};

for (const language of LANGUAGES) {
  const skip = language.missing ?? false;
  const title = skip ? `${language.name} (not run: ${skip})` : language.name;

  describe(`an assertion, checked in ${title}`, { skip }, () => {
    let backend;
    before(() => (backend = start(language, { PUBLIC_URL, AUDIENCE, ORIGIN_SECRETS: 'unused' })));
    after(() => backend.close());

    it('is accepted from the worker, and tells who calls', async () => {
      const assertion = await fromWorker('/orders');
      const { accepted, claims: told, because } = await backend.ask({ assertion });
      assert.ok(accepted, because);
      const { session, sub } = decodeJwt(assertion);
      const { Session = told.session, Sub = told.sub } = told;
      assert.deepEqual([Session, Sub], [session, sub]);
      assert.deepEqual([sub, session.tenantId], ['user-1', 'tenant-1']);
    });

    it('is accepted where it is made like the worker’s', async () => {
      const { accepted, because } = await backend.ask({ assertion: await signed({}) });
      assert.ok(accepted, because);
    });

    for (const [what, assertions] of Object.entries(REFUSED)) {
      it(`is refused: ${what}`, async () => {
        for (const assertion of await assertions())
          assert.equal((await backend.ask({ assertion })).accepted, false, assertion);
      });
    }
  });

  describe(`a shared secret, compared in ${title}`, { skip }, () => {
    const SECRETS = ['one-1', 'two-2'];
    const accepted = async (settings, secret) => {
      const backend = start(language, { PUBLIC_URL, AUDIENCE, ...settings });
      const answers = await Promise.all([secret].flat().map((one) => backend.ask({ secret: one })));
      await backend.close();
      return answers.map((answer) => answer.accepted);
    };

    it('is accepted: the old one and the new one, and nothing else', async () => {
      const others = [
        null,
        '',
        ' ',
        'one',
        'one-',
        'one-1 ',
        ' one-1',
        'One-1',
        'one-2',
        'one-1 two-2',
        'one-1,two-2',
        'ö',
        'x'.repeat(1000),
      ];
      assert.deepEqual(await accepted({ ORIGIN_SECRETS: SECRETS.join(' ') }, [...SECRETS, ...others]), [
        true,
        true,
        ...others.map(() => false),
      ]);
    });

    it('is never accepted where none is set', async () => {
      assert.deepEqual(await accepted({ ORIGIN_SECRETS: '' }, [null, '', ' ', 'undefined']), [
        false,
        false,
        false,
        false,
      ]);
    });
  });
}

describe('a backend that is not told what to check', () => {
  const NODE = LANGUAGES[0];
  for (const settings of [{ PUBLIC_URL }, { AUDIENCE }, { PUBLIC_URL, AUDIENCE: '' }]) {
    it(`does not start: ${Object.keys(settings)}`, async () => {
      const backend = start(NODE, settings);
      await assert.rejects(
        backend.ask({ assertion: await signed({ aud: undefined }) }),
        /it has ended[^]*PUBLIC_URL and AUDIENCE must be set/,
      );
      await backend.close();
    });
  }
});
