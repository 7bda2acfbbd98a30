// The best current practices for JWTs: RFC 8725, section 3, with one attack for each.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { after } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { base64url, CompactEncrypt, SignJWT } from 'jose';
import { newKey } from '../../sim/keys.mjs';
import { compact, encode } from '../../sim/compact.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { send } from '../../testing/exchange.mjs';
import { KINDS, LOGIN } from '../../testing/attacks/configuration.mjs';
import { attacksOf, codeOf, startRig } from './rig.mjs';

const rig = await startRig();
const { worker, region, jtl, good, backend } = rig;
const attack = attacksOf('rfc8725', rig);
const json = JSON.stringify;

/**
 * Tries a token of each kind that differs from a good one as `change(claims, header)` says. The right key signs
 * it.
 */
async function eachRefused(code, change, kinds = KINDS) {
  for (const kind of kinds) {
    const path = rig.path();
    await rig.refused(code, rig.signed(kind, path, change), { path });
  }
}

/** Tries a token of each kind whose parts were changed after it was signed. */
async function eachTampered(code, change) {
  for (const kind of KINDS) {
    const path = rig.path();
    const [header, payload, signature] = Object.values(await good[kind](path))[0].split('.');
    await rig.refused(code, { [kind]: change(header, payload, signature) }, { path });
  }
}

attack('3.1 the algorithm is not verified', async () => {
  for (const kind of KINDS) {
    const { jwk, publicKey, alg } = rig.signer(kind);
    const path = rig.path();
    const claims = encode(
      kind === 'mc'
        ? region.claims({ audience: worker.url + path })
        : kind === 'jtl'
          ? jtl.sessionClaims()
          : jtl.appClaims(),
    );
    // The published key serves as the secret of an HMAC, in every form in which it may be available.
    const pem = (type) => publicKey.export({ type, format: 'pem' });
    const forms = [
      pem('spki'),
      pem('spki').trim(),
      publicKey.export({ type: 'spki', format: 'der' }),
      json(jwk),
      jwk.n ?? jwk.x,
      base64url.decode(jwk.n ?? jwk.x),
      '',
      ...(alg === 'RS256' ? [pem('pkcs1')] : []),
    ];
    for (const [name, hash] of [
      ['HS256', 'sha256'],
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
    ]) {
      for (const secret of forms) {
        const input = `${encode({ alg: name, kid: jwk.kid })}.${claims}`;
        const mac = createHmac(hash, secret).update(input).digest('base64url');
        await rig.refused('algorithm_not_allowed', { [kind]: `${input}.${mac}` }, { path });
      }
    }
    // The token is right except for the name of the algorithm. A second one has no such name.
    await rig.refused(
      'algorithm_not_allowed',
      rig.signed(kind, path, (all, header) => [all, { ...header, alg: `${alg} ` }]),
      { path },
    );
    await rig.refused(
      'header_malformed',
      rig.signed(kind, path, (all, { kid }) => [all, { kid }]),
      { path },
    );
    await rig.refused(
      'header_malformed',
      rig.signed(kind, path, (all, header) => [all, { ...header, alg: [alg] }]),
      { path },
    );
  }
});

attack('3.2 an algorithm that is not appropriate', async () => {
  for (const alg of [
    'none',
    'None',
    'RS1',
    'HS1',
    'RSA1_5',
    'ES256K',
    'ES512',
    'Ed448',
    'dir',
    'A128KW',
    'PBES2-HS256+A128KW',
  ]) {
    for (const kind of KINDS) {
      const path = rig.path();
      const { [kind]: token } = rig.signed(kind, path, (claims, header) => [claims, { ...header, alg }]);
      await rig.refused('algorithm_not_allowed', { [kind]: token }, { path });
      await rig.refused('algorithm_not_allowed', { [kind]: token.slice(0, token.lastIndexOf('.') + 1) }, { path });
    }
  }
});

attack('3.3 not every cryptographic operation is validated', async () => {
  // A token inside a token: the right key signed only the outer one.
  const stranger = await newKey('RS256');
  const inner = await new SignJWT(jtl.appClaims())
    .setProtectedHeader({ alg: 'RS256', kid: rig.signer('login').kid })
    .sign(stranger.privateKey);
  await rig.refused('signature_invalid', { login: inner });
  await rig.refused('claims_malformed', {
    login: compact(rig.signer('login'), { alg: 'RS256', cty: 'JWT' }, inner),
  });
  // A token that is encrypted to the published key.
  const { publicKey } = rig.signer('login');
  const encrypted = await new CompactEncrypt(Buffer.from(inner))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
    .encrypt(publicKey);
  await rig.refused('token_malformed', { login: encrypted });
  // JSON serialisations, with the good signature beside another one.
  const [header, payload, signature] = (await good.login()).login.split('.');
  for (const text of [
    { payload, protected: header, signature },
    {
      payload,
      signatures: [
        { protected: header, signature },
        { protected: encode({ alg: 'none' }), signature: '' },
      ],
    },
  ]) {
    await rig.refused('credential_ambiguous', { login: json(text) });
    await rig.refused('token_malformed', { login: encode(json(text)) });
  }
  await eachTampered('token_malformed', (head, body) => `${head}.${body}`);
  await eachTampered('signature_invalid', (head, body) => `${head}.${body}.`);
  await eachTampered(
    'signature_invalid',
    (head, body, mac) => `${head}.${body}.${encode(Buffer.from(base64url.decode(mac)).subarray(0, -3))}`,
  );
});

attack('3.4 cryptographic inputs are not validated', async () => {
  // Signatures that are not numbers below the modulus, or not points.
  const fill = (mac, byte) => encode(Buffer.alloc(base64url.decode(mac).length, byte));
  for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff])
    await eachTampered('signature_invalid', (head, body, mac) => `${head}.${body}.${fill(mac, byte)}`);
  for (const length of [0, 1, 63, 65, 255, 257, 1024])
    await eachTampered('signature_invalid', (head, body) => `${head}.${body}.${encode(Buffer.alloc(length, 1))}`);
  await eachTampered(
    'signature_invalid',
    (head, body, mac) => `${head}.${body}.${encode(Buffer.concat([Buffer.alloc(1), base64url.decode(mac)]))}`,
  );
  // The signature plus the modulus has the same power.
  const { jwk } = rig.signer('login');
  const [head, body, mac] = (await good.login()).login.split('.');
  const number = (bytes) => BigInt(`0x${Buffer.from(base64url.decode(bytes)).toString('hex')}`);
  const sum = (number(mac) + number(jwk.n)).toString(16);
  await rig.refused('signature_invalid', {
    login: `${head}.${body}.${encode(Buffer.from(sum.padStart(sum.length + (sum.length % 2), '0'), 'hex'))}`,
  });
  // A point of another curve, and a point with the right coordinates except for one bit.
  for (const key of [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ed448')]) {
    const { jtl: token } = rig.signed('jtl', '/', (claims) => [claims]);
    const input = token.slice(0, token.lastIndexOf('.'));
    const made = sign(key.publicKey.asymmetricKeyType === 'ec' ? 'sha256' : null, Buffer.from(input), key.privateKey);
    await rig.refused('signature_invalid', { jtl: `${input}.${encode(made)}` });
  }
});

attack('3.5 a key has too little entropy', async () => {
  for (const secret of ['secret', 'password', '', 'sim-secret', LOGIN, '0'.repeat(32)]) {
    for (const kind of KINDS) {
      const { [kind]: token } = rig.signed(kind, '/', (claims, header) => [claims, { ...header, alg: 'HS256' }]);
      const input = token.slice(0, token.lastIndexOf('.'));
      await rig.refused('algorithm_not_allowed', {
        [kind]: `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`,
      });
    }
  }
  // A shared secret in a key set verifies no HMAC, and is not a key.
  const secret = { kty: 'oct', kid: 'shared', alg: 'HS256', k: encode('secret') };
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const weak = { ...small.publicKey.export({ format: 'jwk' }), kid: 'small' };
  for (const jwks of [{ keys: [secret] }, { keys: [weak] }]) {
    const other = await withLogin({ jwks });
    assert.equal(
      codeOf(
        await other.ask(
          await new SignJWT(jtl.appClaims())
            .setProtectedHeader({ alg: 'HS256', kid: 'shared' })
            .sign(Buffer.from('secret')),
        ),
      ),
      'misconfigured',
    );
  }
});

attack('3.6 what is compressed is read', async () => {
  const deflated = (claims) => deflateRawSync(Buffer.from(json(claims)));
  await eachRefused('claims_malformed', (claims, header) => [deflated(claims), { ...header, zip: 'DEF' }]);
  await eachRefused('claims_malformed', () => [deflateRawSync(Buffer.alloc(1 << 20, ' ')), undefined]);
  const encrypted = await new CompactEncrypt(Buffer.from(json(jtl.appClaims())))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
    .encrypt(rig.signer('login').publicKey);
  await rig.refused('token_malformed', { login: encrypted });
});

attack('3.7 text that is not UTF-8', async () => {
  const utf16 = (value) => Buffer.from(json(value), 'utf16le');
  const marked = (value) => Buffer.concat([Buffer.from('\ufeff'), Buffer.from(json(value))]);
  const broken = (bytes) => (value) =>
    Buffer.concat([
      Buffer.from(json(value).slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.from(bytes),
      Buffer.from('"}'),
    ]);
  // Latin-1, a lone surrogate, an overlong slash, a code point beyond Unicode, a cut sequence.
  const ways = [
    utf16,
    marked,
    ...[[0xe9], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]].map(broken),
  ];
  for (const spoil of ways) {
    await eachRefused('claims_malformed', (claims) => [spoil(claims)]);
    await eachRefused('header_malformed', (claims, header) => [claims, spoil(header)]);
  }
  await eachRefused('claims_malformed', (claims) => [json(claims).replace('{', '{"x":"\\ud800",')]);
  // UTF-8 is not normalised: a user whose name looks alike is another user.
  for (const user of ['Zo\u00eb', 'Zoe\u0308', 'ｕｓｅｒ-1', 'uѕer-1']) {
    const { fields } = await rig.passes(await good.jtl('', { claims: { userId: user } }));
    assert.equal(decodeURIComponent(fields['x-verified-user']), user);
  }
});

attack('3.8 issuer or subject are not validated', async () => {
  // Another issuer's name under this issuer's signature, and the reverse.
  for (const iss of [LOGIN, `${region.url}/`, region.url.toUpperCase(), `${region.url}#`, ` ${region.url}`, jtl.url])
    await eachRefused('issuer_mismatch', (claims) => [{ ...claims, iss }], ['mc']);
  for (const iss of [
    region.url,
    `${LOGIN}/`,
    'login.example.com',
    LOGIN.replace('https', 'http'),
    `${LOGIN}.intruder.example`,
  ])
    await eachRefused('issuer_mismatch', (claims) => [{ ...claims, iss }], ['login']);
  /** @type {['mc' | 'login', any][]} */
  const foreign = [
    ['mc', jtl.appKeys.signer],
    ['login', region.keys.signer],
  ];
  for (const [kind, key] of foreign) {
    const path = rig.path();
    const { [kind]: token } = rig.signed(kind, path, (claims) => [claims]);
    const payload = Buffer.from(base64url.decode(token.split('.')[1]));
    await rig.refused('key_unknown', { [kind]: compact(key, { alg: 'RS256', kid: key.kid }, payload) }, { path });
    await rig.refused(
      'signature_invalid',
      { [kind]: compact(key, { alg: 'RS256', kid: rig.signer(kind).kid }, payload) },
      { path },
    );
  }
  for (const sub of [undefined, '']) {
    await eachRefused('claim_missing', (claims) => [{ ...claims, sub }], ['mc']);
    // A machine's token may have no subject. Then the backend is told of no user.
    const { fields } = await rig.passes(
      rig.signed('login', '', (claims) => [{ ...claims, sub }]),
      { headers: [['x-verified-user', 'intruder']] },
    );
    assert.deepEqual([fields['x-verified-provider'], fields['x-verified-user']], ['login', undefined]);
  }
  for (const sub of [1, null, ['user-1'], { id: 'user-1' }, true])
    await eachRefused('claims_malformed', (claims) => [{ ...claims, sub }], ['mc', 'login']);
  for (const userId of [undefined, ''])
    await eachRefused('claim_missing', (claims) => [{ ...claims, userId }], ['jtl']);
});

attack('3.9 a token for somebody else is taken', async () => {
  const path = rig.path();
  for (const audience of [
    'https://other.example',
    `${worker.url}/other`,
    `${worker.url}${path}/`,
    `${worker.url}${path}?x`,
    `${worker.url.replace('127.0.0.1', 'localhost')}${path}`,
    worker.url.replace(/\d+$/, '1') + path,
  ]) {
    await rig.refused('audience_mismatch', await good.mc(path, { audience }), { path });
  }
  for (const aud of ['app-2', ['app-2', 'app-3'], 'App-1', 'app-1/', ' app-1'])
    await eachRefused('audience_mismatch', (claims) => [{ ...claims, aud }], ['login']);
  await eachRefused('claim_missing', (claims) => [{ ...claims, aud: undefined }], ['mc', 'login']);
  for (const aud of [[], [1], ['app-1', 1], {}, 1, null])
    await eachRefused('claims_malformed', (claims) => [{ ...claims, aud }], ['mc', 'login']);
});

attack('3.10 a claim is trusted to name a key, a URL or a query', async () => {
  const values = [
    '../../../etc/passwd',
    '/dev/null',
    "x' UNION SELECT 'key",
    '| id',
    '$(id)',
    '*)(uid=*',
    '__proto__',
    'constructor',
    'http://169.254.169.254/',
    'file:///etc/passwd',
    '\0',
    '%s%n',
    '{{7*7}}',
    '',
  ];
  for (const kid of values) {
    await eachRefused('key_unknown', (claims, header) => [claims, { ...header, kid }]);
    await eachRefused('issuer_mismatch', (claims) => [{ ...claims, iss: kid || '-' }], ['mc', 'login']);
  }
  // Names that are special in JavaScript are names like all others.
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const { fields } = await rig.passes(await good.jtl('', { claims: { userId: name } }));
    assert.equal(fields['x-verified-user'], name);
  }
  await rig.refused(
    'claim_missing',
    rig.signed('jtl', '/', ({ userId, ...claims }) => [
      json(claims).replace('{', `{"__proto__":{"userId":"${userId}"},`),
    ]),
  );
});

attack('3.11 the type is not looked at', async () => {
  for (const typ of [
    'logout+jwt',
    'secevent+jwt',
    'dpop+jwt',
    'application/logout+jwt',
    'JWS',
    'at+jwtx',
    'x',
    'JWT,at+jwt',
  ])
    await eachRefused('header_malformed', (claims, header) => [claims, { ...header, typ }], ['login']);
  for (const typ of [1, ['JWT'], null, {}])
    await eachRefused('header_malformed', (claims, header) => [claims, { ...header, typ }]);
  for (const type of ['access', 'refresh', 'Exchange', 'exchange ', undefined])
    await eachRefused(type ? 'claim_mismatch' : 'claim_missing', (claims) => [{ ...claims, type }], ['mc']);
  // The same key signs a logout token for the same audience (OpenID Connect Back-Channel Logout 1.0, section
  // 2.4).
  await eachRefused(
    'claim_mismatch',
    (claims) => [{ ...claims, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
    ['mc', 'login'],
  );
  const strict = await withLogin({ types: ['at+jwt'] });
  const token = (typ) => jtl.appToken({ header: { typ } });
  assert.deepEqual(
    [
      codeOf(await strict.ask(await token('JWT'))),
      codeOf(await strict.ask(await token(null))),
      codeOf(await strict.ask(await token('at+jwt'))),
    ],
    ['header_malformed', 'header_malformed', 200],
  );
});

attack('3.12 one kind of token passes for another', async () => {
  const path = rig.path();
  const tokens = Object.assign({}, ...(await Promise.all(KINDS.map((kind) => good[kind](path)))));
  const refusals = {};
  for (const kind of KINDS) {
    for (const other of KINDS.filter((name) => name !== kind)) {
      const { headers, body, status } = await rig.send(path, { [kind]: tokens[other] });
      refusals[`${other} as ${kind}`] = codeOf({ headers, body, status });
    }
  }
  assert.deepEqual(refusals, {
    'jtl as mc': 'algorithm_not_allowed',
    'login as mc': 'key_unknown',
    'mc as jtl': 'algorithm_not_allowed',
    'login as jtl': 'algorithm_not_allowed',
    'mc as login': 'key_unknown',
    'jtl as login': 'algorithm_not_allowed',
  });
  // Two providers have one issuer and one key. The audience, the type and the required claims keep them apart.
  const narrow = await withLogin({
    audiences: ['reports-api'],
    types: ['at+jwt'],
    required_claims: { use: 'reports' },
  });
  const ask = async (claims, typ) => codeOf(await narrow.ask(await jtl.appToken({ claims, header: { typ } })));
  assert.deepEqual(
    [
      await ask({}, 'at+jwt'),
      await ask({ aud: 'reports-api' }, 'JWT'),
      await ask({ aud: 'reports-api' }, 'at+jwt'),
      await ask({ aud: 'reports-api', use: 'id' }, 'at+jwt'),
      await ask({ aud: 'reports-api', use: 'reports' }, 'at+jwt'),
    ],
    ['audience_mismatch', 'header_malformed', 'claim_missing', 'claim_mismatch', 200],
  );
});

/** Starts a worker whose only provider is `login`, with these changes. */
async function withLogin(change) {
  const { config } = rig.options;
  const { jwks_uri: uri, ...login } = config.providers.find(({ name }) => name === 'login');
  const providers = [{ ...login, ...(change.jwks ? {} : { jwks_uri: uri }), ...change }];
  const other = await startWorker({ ...rig.options, config: { ...config, providers } });
  after(other.dispose);
  other.ask = async (token) => {
    backend.reset();
    const answer = await send(other.url, '/x', { headers: { 'x-login': token } });
    assert.equal(backend.counters.requests, answer.status === 200 ? 1 : 0);
    return answer;
  };
  return other;
}
