// Attacks that have let unverified requests through elsewhere.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { base64url, SignJWT } from 'jose';
import { encode, signingInput } from '../../sim/compact.mjs';
import { HOSTILE, hostileNames } from '../../sim/index.mjs';
import { newKey } from '../../sim/keys.mjs';
import { eventually } from '../../testing/eventually.mjs';
import { converse, send } from '../../testing/exchange.mjs';
import { startAll } from '../../testing/start-all.mjs';
import { startWorker } from '../../testing/worker/miniflare.mjs';
import { asMc, mcToken } from '../workerd/support/verdict.mjs';
import { startBait } from './bait.mjs';
import { KINDS, LOGIN, ORIGIN_SECRET, SKEW } from '../../testing/attacks/configuration.mjs';
import { attacksOf, codeOf, startRig } from './rig.mjs';
import { weakKeys } from './weak-keys.mjs';

const rig = await startRig();
const { worker, backend, good, region, jtl } = rig;
const attack = attacksOf('bypasses', rig);
const now = () => Math.floor(Date.now() / 1000);
const parts = (credential) => Object.values(credential)[0].split('.');
const same = (credential, token) => ({ [Object.keys(credential)[0]]: token });

/**
 * Tries every hostile token of the catalogue with one of these refusals, from each provider that can have it.
 */
async function hostileOnes(codes, names = (_) => true) {
  let count = 0;
  for (const kind of KINDS) {
    const claims = { mc: region.claims({ audience: '' }), jtl: jtl.sessionClaims(), login: jtl.appClaims() }[kind];
    for (const name of hostileNames(claims).filter((name) => codes.includes(HOSTILE[name].code) && names(name))) {
      const path = rig.path();
      await rig.refused(HOSTILE[name].code, await good[kind](path, { hostile: name }), { path });
      count += 1;
    }
  }
  assert.ok(count > 0);
}

/** Tries each claim with each of the values, signed by the right key. */
async function claimsRefused(code, kind, cases) {
  for (const [name, value] of cases) {
    const path = rig.path();
    await rig.refused(
      code,
      rig.signed(kind, path, (claims) => [{ ...claims, [name]: value }]),
      { path },
    );
  }
}

attack('the algorithm is taken from the token', async () => {
  await hostileOnes(['algorithm_not_allowed']);
  // The provider's own key signs, under the name of another algorithm.
  for (const kind of KINDS) {
    for (const alg of [
      'none',
      'NONE',
      'HS256',
      'RS384',
      'RS512',
      'PS256',
      'ES256',
      kind === 'jtl' ? 'RS256' : 'EdDSA',
      '',
      ' RS256',
    ]) {
      const path = rig.path();
      await rig.refused(
        'algorithm_not_allowed',
        rig.signed(kind, path, (claims, header) => [claims, { ...header, alg }]),
        { path },
      );
    }
  }
});

attack('a claim of the wrong type counts as absent', async () => {
  await hostileOnes(['claims_malformed'], (name) => /as-/.test(name));
  const times = ['9999999999', [9_999_999_999], {}, true, null];
  for (const kind of KINDS)
    await claimsRefused(
      'claims_malformed',
      kind,
      ['exp', 'nbf', 'iat'].flatMap((name) => times.map((value) => [name, value])),
    );
  await claimsRefused('claims_malformed', 'mc', [
    ['sub', 1],
    ['sub', ['user-1']],
    ['iss', [region.url]],
    ['aud', {}],
    ['aud', [1]],
    ['type', ['exchange']],
  ]);
  await claimsRefused('claims_malformed', 'jtl', [
    ['userId', 1],
    ['userId', ['user-1']],
    ['tenantId', {}],
    ['tenantSlug', 1],
  ]);
  await claimsRefused('claims_malformed', 'login', [
    ['sub', 1],
    ['iss', [LOGIN]],
    ['aud', { 0: 'app-1' }],
    ['aud', true],
    ['scope', 1],
    ['scope', [1]],
    ['scp', {}],
  ]);
});

attack('the audience is not checked', async () => {
  await hostileOnes(['audience_mismatch']);
  for (const aud of [
    worker.url,
    `${worker.url}/`,
    `${worker.url}/attac`,
    `${worker.url}/attack/*`,
    '*',
    '',
    [],
    undefined,
  ]) {
    const path = rig.path();
    const code = aud === undefined ? 'claim_missing' : Array.isArray(aud) ? 'claims_malformed' : 'audience_mismatch';
    await rig.refused(
      code,
      rig.signed('mc', path, (claims) => [{ ...claims, aud }]),
      { path },
    );
  }
  await claimsRefused('audience_mismatch', 'login', [
    ['aud', 'app-11'],
    ['aud', 'app'],
    ['aud', 'APP-1'],
    ['aud', ['app-2']],
    ['aud', 'app-1 app-2'],
  ]);
  await claimsRefused('claim_missing', 'login', [['aud', undefined]]);
  await servesNobody((providers) => providers.map(({ audiences, ...provider }) => provider));
});

attack('an unknown crit is ignored', async () => {
  await hostileOnes(['header_critical']);
  for (const crit of [['exp'], ['alg'], ['b64', 'x'], 'x', null, {}, [[]]]) {
    for (const kind of KINDS) {
      const path = rig.path();
      await rig.refused(
        'header_critical',
        rig.signed(kind, path, (claims, header) => [claims, { ...header, crit, x: 1 }]),
        { path },
      );
    }
  }
});

attack('a parser is kept busy', async () => {
  await hostileOnes(['token_too_large']);
  for (const token of ['.'.repeat(16_384), '.'.repeat(100_000), `${'a.'.repeat(8000)}a`, 'A'.repeat(16_384)]) {
    for (const kind of KINDS)
      await rig.refused(token.length > 16_384 ? 'token_too_large' : 'token_malformed', { [kind]: token });
  }
  const deep = (open, close) => `{"x":${open.repeat(700)}${close.repeat(700)}}`;
  for (const text of [
    deep('[', ']'),
    deep('{"x":', '}').replace(':}', ':1}'),
    deep('[', ''),
    `{"x":${'9'.repeat(4000)}}`,
    `{"x":1e${'9'.repeat(4000)}}`,
    `{"x":"${'\\u0061'.repeat(700)}`,
  ]) {
    for (const kind of KINDS) {
      const path = rig.path();
      await rig.refused(
        'header_malformed',
        rig.signed(kind, path, (claims) => [claims, text]),
        { path },
      );
      // Claims are read only if the signature is right, and here it is right.
      const refusals = ['claims_malformed', 'claim_missing'];
      const answer = await rig.send(
        path,
        rig.signed(kind, path, () => [text]),
      );
      const code = String(codeOf(answer));
      assert.ok(refusals.includes(code), code);
    }
  }
});

attack('a member stands twice in JSON', async () => {
  await hostileOnes(['header_malformed', 'claims_malformed'], (name) => /duplicated/.test(name));
  const twice = (object, text) => JSON.stringify(object).replace('{', `{${text},`);
  for (const kind of KINDS) {
    for (const text of ['"exp":1', '"\\u0065xp":9999999999', '"x":{"y":1,"y":2}', '"x":[{"y":1,"y":1}]']) {
      const path = rig.path();
      await rig.refused(
        'claims_malformed',
        rig.signed(kind, path, (claims) => [twice(claims, text)]),
        { path },
      );
    }
    for (const text of ['"kid":"other"', '"\\u0061lg":"none"']) {
      const path = rig.path();
      await rig.refused(
        'header_malformed',
        rig.signed(kind, path, (claims, header) => [claims, twice({ kid: 'x', ...header }, text)]),
        { path },
      );
    }
  }
});

attack('base64url is read laxly', async () => {
  await hostileOnes(['token_malformed']);
  for (const kind of KINDS) {
    const path = rig.path();
    const credential = await good[kind](path);
    const [header, payload, signature] = parts(credential);
    for (const token of [
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}==.${signature}`,
      `${header}.${payload}.${signature}.`,
      `.${header}.${payload}.${signature}`,
      `${header}.${payload}.${signature}%3D`,
    ]) {
      await rig.refused('token_malformed', same(credential, token), { path });
    }
    for (const blank of [' ', '\t'])
      await rig.refused('credential_malformed', same(credential, `${header}.${blank}${payload}.${signature}`), {
        path,
      });
  }
});

attack('a token that was verified once is believed for ever', async () => {
  const path = rig.path();
  const credential = await good.mc(path);
  await rig.passes(credential, { path });
  await rig.passes(credential, { path });
  await rig.refused('audience_mismatch', credential, { path: `${path}/x` });
  await rig.refused('permission_denied', await good.jtl(), { path: '/admin/x' });
  const [header, payload, signature] = parts(credential);
  const other = signature.startsWith('A') ? 'B' : 'A';
  await rig.refused('signature_invalid', { mc: `${header}.${payload}.${other}${signature.slice(1)}` }, { path });
  await rig.refused('credential_ambiguous', { ...credential, jtl: credential.mc }, { path });
  await rig.refused('algorithm_not_allowed', { jtl: credential.mc }, { path });
  await rig.refused('key_unknown', { login: credential.mc }, { path });

  const soon = await good.login(path, { claims: { exp: now() - SKEW + 4 } });
  await rig.passes(soon, { path });
  await eventually(() => rig.refused('token_expired', soon, { path }), 20_000);
});

attack('a revoked key goes on being believed', async () => {
  const all = await startAll({ change: (config) => ({ ...config, keys: { fresh_seconds: 1, cooldown_seconds: 1 } }) });
  after(all.close);
  const token = await mcToken(all);
  assert.equal(await asMc(all, token), 'ok');
  await all.region.keys.rotate({ mode: 'abrupt' });
  await sleep(1100);
  assert.equal(await asMc(all, token), 'key_unknown');
  assert.equal(await asMc(all), 'ok');
});

attack('keys that cannot be had open the door', async () => {
  const bait = await startBait(region.keys.jwks());
  const faults = [
    'down',
    'garbage',
    'html',
    'empty-set',
    'endless-body',
    { mode: 'status', status: 500 },
    { mode: 'status', status: 304 },
    { mode: 'redirect', location: bait.url },
    { mode: 'many-keys', count: 64 },
  ];
  const all = await startAll({ simulation: { gateway: { regions: faults.map((_, index) => `region-${index}`) } } });
  after(() => Promise.all([all.close(), bait.close()]));
  for (const [index, other] of Object.values(all.gateway.regions).entries()) {
    other.endpoints.set('jwks', faults[index]);
    const token = await other.token({ audience: `${all.worker.url}/orders` });
    const [, payload] = token.split('.');
    const none = `${encode('{"alg":"none"}')}.${payload}.`;
    assert.deepEqual(
      [await asMc(all, token), await asMc(all, token), await asMc(all, none)],
      ['keys_unavailable', 'keys_unavailable', 'algorithm_not_allowed'],
      JSON.stringify(faults[index]),
    );
  }
  assert.deepEqual([all.backend.counters.connections, bait.connections], [0, 0]);
});

attack('the worker fetches what a token names', async () => {
  const keys = Object.fromEntries(await Promise.all(['RS256', 'EdDSA'].map(async (alg) => [alg, await newKey(alg)])));
  const bait = await startBait({ keys: Object.values(keys).map(({ jwk }) => jwk) });
  after(bait.close);
  for (const kind of KINDS) {
    const key = keys[rig.signer(kind).alg];
    for (const kid of [
      rig.signer(kind).kid,
      key.kid,
      bait.url,
      `${bait.url}/keys#${key.kid}`,
      '../../../../dev/null',
      "' OR 1=1 --",
      '\0',
      'x'.repeat(4000),
    ]) {
      const path = rig.path();
      const claims = { ...rig.signed(kind, path, (good) => [good]) };
      const payload = JSON.parse(
        base64url.decode(parts(claims)[1]).reduce((text, byte) => text + String.fromCharCode(byte), ''),
      );
      const header = { alg: key.alg, kid, jku: bait.url, x5u: bait.url, jwk: key.jwk, x5c: ['AAAA'] };
      const token = await new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey);
      await rig.refused(
        kid === rig.signer(kind).kid ? 'signature_invalid' : 'key_unknown',
        { [kind]: token },
        { path },
      );
      const elsewhere = await new SignJWT({ ...payload, iss: bait.url })
        .setProtectedHeader(header)
        .sign(key.privateKey);
      await rig.refused(
        kid === rig.signer(kind).kid ? 'signature_invalid' : 'key_unknown',
        { [kind]: elsewhere },
        { path },
      );
    }
    if (kind !== 'jtl')
      await claimsRefused('issuer_mismatch', kind, [
        ['iss', bait.url],
        ['iss', `${LOGIN}/`],
        ['iss', LOGIN.toUpperCase()],
      ]);
  }
  assert.equal(bait.connections, 0);
});

const IDENTITIES = [
  'X-Verified-User',
  'x-verified-tenant',
  'X-VERIFIED-PROVIDER',
  'X-Verified-Permissions',
  'X-Verified-Assertion',
  'X-Verified-Anything',
];
// What is meant for other backends of the configuration reaches only those.
const EMITTED = ['X-User', 'x_user', 'X.User', 'X-Origin-Secret', 'X_ORIGIN_SECRET', 'x~origin~secret'];
const ALIASES = IDENTITIES.flatMap((name) => [
  name.replaceAll('-', '_'),
  name.replace('-', '_'),
  name.replace('-', '.'),
  name.toUpperCase(),
]);
const intruder = (names) => names.map((name) => [name, 'intruder']);

attack('an identity is written by the caller, on a path that needs none', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS', 'HEAD']) {
    for (const headers of [
      [],
      [
        ['origin', 'https://a.example'],
        ['access-control-request-method', 'GET'],
      ],
    ]) {
      const { headers: arrived } = await rig.passes(
        {},
        { path: '/open/x', method, headers: [...intruder([...IDENTITIES, ...ALIASES, ...EMITTED]), ...headers] },
      );
      assert.deepEqual(
        arrived.filter(([name, value]) => /verified|x.user|secret/i.test(name) || value.includes('intruder')),
        [],
      );
    }
  }
});

attack('a field passes under another spelling', async () => {
  for (const kind of KINDS) {
    const path = rig.path();
    const { headers, fields } = await rig.passes(await good[kind](path), {
      path,
      headers: [
        ...intruder([...ALIASES, ...EMITTED]),
        ['X_Session_ID', 'intruder'],
        ['X_Login', 'intruder'],
        ['x.session.id', 'intruder'],
      ],
    });
    assert.deepEqual(
      headers.filter(([, value]) => value.includes('intruder')),
      [],
    );
    assert.deepEqual([fields['x-verified-provider'], fields['x-verified-user']], [kind, 'user-1']);
  }
  const { headers, fields } = await rig.passes(await good.jtl(), {
    path: '/named/x',
    headers: [...intruder([...IDENTITIES, ...ALIASES, ...EMITTED]), ['connection', 'x-user, x-origin-secret']],
  });
  assert.deepEqual(
    headers.filter(([, value]) => value.includes('intruder')),
    [],
  );
  assert.deepEqual([fields['x-user'], fields['x-origin-secret']], ['user-1', ORIGIN_SECRET]);
});

attack('a Connection list drops a field', async () => {
  for (const kind of KINDS) {
    const path = rig.path();
    const names = [
      'x-verified-user',
      'x-verified-tenant',
      'x-verified-provider',
      'authorization',
      'x-session-id',
      'x-login',
      'host',
      'close',
    ];
    const { fields } = await rig.passes(await good[kind](path), {
      path,
      headers: [['connection', names.join(', ')], ...intruder(IDENTITIES)],
    });
    assert.deepEqual(
      [fields['x-verified-provider'], fields['x-verified-user'], fields.connection],
      [kind, 'user-1', undefined],
    );
  }
});

attack('one of several credentials is looked at, another one used', async () => {
  const path = rig.path();
  const [mc, session, login] = await Promise.all(KINDS.map((kind) => good[kind](path)));
  for (const credential of [
    { ...mc, ...session },
    { ...session, ...login },
    { ...mc, ...login },
    { ...mc, jtl: 'x' },
    { ...session, mc: 'x' },
  ])
    await rig.refused('credential_ambiguous', credential, { path });
  for (const [name, value] of [
    ['authorization', `Bearer ${mc.mc}`],
    ['authorization', 'Basic YTpi'],
  ])
    await rig.refused('credential_ambiguous', mc, { path, headers: [[name, value]] });
  await rig.refused('credential_ambiguous', session, { path, headers: [['X-Session-Id', session.jtl]] });
  await rig.refused('credential_ambiguous', { mc: `${mc.mc}, Bearer ${mc.mc}` }, { path });
});

attack('a path means something else to the backend', async () => {
  const { jtl: token } = await good.jtl();
  const spellings = [
    '/%61dmin/x',
    '/admin',
    '/admin/',
    '/ADMIN/../admin/x',
    '//admin/x',
    '/open/../admin/x',
    '/open/%2e%2e/admin/x',
    '/open/..%2fadmin/x',
    '/open/%2e%2e%2fadmin/x',
    '/open/..;/admin/x',
    '/open/..\\admin\\x',
    '/open%2f..%2fadmin/x',
    '/open/.%2e/admin/x',
    '/./admin/x',
    '/admin;x/y',
    '/admin%3bx/y',
    '/admin%2fx',
    '/admin%5cx',
    '/admin/%00',
    '/open/%252e%252e%252fadmin/x',
    '/\\admin/x',
    '/admin%',
    '/open//../admin/x',
    '/%2561dmin/x',
  ];
  for (const path of spellings) {
    for (const field of [`X-Session-ID: ${token}\r\n`, '']) {
      backend.reset();
      const [answer] = await converse(
        worker.url,
        `GET ${path} HTTP/1.1\r\nHost: a\r\n${field}Connection: close\r\n\r\n`,
      );
      // A path that is encoded twice looks different to a backend that decodes once.
      const harmless = path.includes('%25') && (field !== '' || path.startsWith('/open'));
      assert.ok(
        harmless
          ? answer.status === 200
          : ['path_ambiguous', 'permission_denied', 'token_missing'].includes(String(codeOf(answer))),
        `${path}: ${codeOf(answer)}`,
      );
      assert.deepEqual(
        backend.requests.map(({ url }) => url),
        harmless ? [path] : [],
      );
    }
  }
});

attack('a rule is dodged by query, host or method', async () => {
  const session = await good.jtl();
  for (const target of [
    '/admin/x?/open/x',
    '/admin/x?#/open/x',
    '/admin/x?path=/open/../x',
    '/admin?',
    '/admin/x#/open',
  ])
    await rig.refused('permission_denied', session, { path: target });
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'])
    assert.equal((await rig.send('/admin/x', session, { method })).status, 403, method);
  for (const host of ['open', 'open/open', 'localhost', 'a.example:1']) {
    backend.reset();
    const [answer] = await converse(
      worker.url,
      `GET /admin/x HTTP/1.1\r\nHost: ${host}\r\nX-Session-ID: ${session.jtl}\r\nConnection: close\r\n\r\n`,
    );
    assert.deepEqual(
      [backend.requests.map(({ url }) => url), codeOf(answer)],
      host === 'open/open' ? [['/open/admin/x'], 200] : [[], 'permission_denied'],
      host,
    );
  }
});

attack('forwarded fields are believed', async () => {
  const path = rig.path();
  const lies = [
    ['X-Forwarded-Host', 'intruder.example'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Prefix', '/open'],
    ['X-Forwarded-Uri', '/open/x'],
    ['X-Original-URL', '/open/x'],
    ['X-Rewrite-URL', '/open/x'],
    ['X-Original-Host', 'intruder.example'],
    ['Forwarded', 'host=intruder.example;proto=https'],
    ['X-HTTP-Method-Override', 'OPTIONS'],
    ['X-Forwarded-User', 'admin'],
    ['CF-Connecting-IP', '127.0.0.1'],
  ];
  for (const audience of ['https://intruder.example', `https://intruder.example${path}`, `${worker.url}/open/x`]) {
    await rig.refused('audience_mismatch', { mc: await region.token({ audience }) }, { path, headers: lies });
  }
  await rig.refused('token_missing', {}, { path, headers: lies });
  await rig.refused('permission_denied', await good.jtl(), { path: '/admin/x', headers: lies });
  // If `public_url` is configured, the host of the request has no influence.
  const fixed = await startWorker({
    ...rig.options,
    config: { ...rig.options.config, public_url: 'https://api.example.com' },
  });
  after(fixed.dispose);
  const ask = async (audience, host) =>
    codeOf(
      (
        await converse(
          fixed.url,
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n` +
            `Authorization: Bearer ${await region.token({ audience })}\r\nConnection: close\r\n\r\n`,
        )
      )[0],
    );
  assert.equal(await ask(`https://intruder.example${path}`, 'intruder.example'), 'audience_mismatch');
  assert.equal(await ask(`https://api.example.com${path}`, 'intruder.example'), 200);
});

attack('one caller is shown another one’s answer', async () => {
  for (const path of ['/profile.css', '/profile/x.js', '/image.png', '/']) {
    for (const user of ['user-2', 'user-3', 'user-2']) {
      const { url, fields } = await rig.passes(await good.jtl(path, { claims: { userId: user } }), { path });
      assert.deepEqual([url, fields['x-verified-user'], fields['cache-control']], [path, user, 'no-cache']);
    }
    const answer = await rig.refused('token_missing', {}, { path });
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
});

attack('a claim writes a field', async () => {
  const values = [
    'a\r\nX-Verified-Tenant: intruder',
    'a\nX-Verified-Tenant: intruder',
    'a\r\n\r\nGET /admin HTTP/1.1',
    'a\0b',
    '\u0130\u2028\ud83d\ude00',
    ' user-1',
    'user-1 ',
    'a,b',
    'x'.repeat(4000),
    '%0d%0a',
    '"',
  ];
  for (const value of values) {
    for (const [kind, claim] of [
      ['mc', 'sub'],
      ['jtl', 'userId'],
      ['login', 'sub'],
    ]) {
      const path = rig.path();
      const { headers, fields } = await rig.passes(await good[kind](path, { claims: { [claim]: value } }), { path });
      assert.equal(decodeURIComponent(fields['x-verified-user']), value);
      assert.deepEqual(
        headers.filter(([name, text]) => /^x-verified-(?!user)/i.test(name) && text.includes('intruder')),
        [],
      );
      assert.match(fields['x-verified-user'], /^[!-~]([ -~]*[!-~])?$/);
    }
  }
});

attack('what one request breaks, others feel', async () => {
  const odd = ['\0', '\ud800', '\uffff', '{', '[', '"', '9'.repeat(400), '-', 'e', '\\u'];
  const garbage = Array.from({ length: 200 }, (_, index) => {
    const text = odd[index % odd.length].repeat(1 + (index % 7));
    const kind = KINDS[index % 3];
    return index % 2
      ? { [kind]: `${signingInput(text, text)}.${encode(text)}` }
      : rig.signed(kind, '/x', (claims) => [text, index % 4 ? undefined : text]);
  });
  const path = rig.path();
  const [mc, session, login] = await Promise.all(KINDS.map((kind) => good[kind](path)));
  backend.reset();
  const answers = await Promise.all(
    garbage.flatMap((bad, index) => [rig.send(path, bad), rig.send(path, [mc, session, login][index % 3])]),
  );
  const codes = answers.map(codeOf);
  assert.deepEqual(
    codes.filter((_, index) => index % 2),
    garbage.map(() => 200),
  );
  assert.deepEqual([...new Set(codes.filter((_, index) => index % 2 === 0))].sort(), [
    'claims_malformed',
    'header_malformed',
  ]);
  assert.equal(backend.counters.requests, garbage.length);
});

attack('a token or secret is in an answer or the log', async () => {
  const marks = ['marked-user', 'marked-query', 'marked-cookie', 'sim-secret', ORIGIN_SECRET];
  for (const kind of KINDS) {
    for (const name of [
      'expired',
      'tampered-signature',
      'alg-none',
      'critical',
      'duplicated-claim',
      'too-large',
      'kid-as-number',
      'payload-not-json',
    ]) {
      const path = rig.path();
      const claims = { sub: marks[0], userId: marks[0], exp: now() - 4000 };
      const credential = await good[kind](path, { hostile: name, claims });
      const answer = await rig.refused(HOSTILE[name].code, credential, {
        path: `${path}?x=${marks[1]}`,
        headers: [['cookie', marks[2]]],
      });
      const pieces = Object.values(credential)[0].match(/[\w-]{16}/g);
      for (const text of [JSON.stringify(answer.pairs), answer.body.toString()])
        assert.ok(![...marks, ...pieces].some((piece) => text.includes(piece)), text);
    }
  }
  const lines = await rig.logged();
  // A thumbprint is random, so it may contain `eyJ`. A refusal says in which form a token is sent.
  const log = JSON.stringify(lines).replaceAll(/"key_id":"[\w-]{43}"|Bearer <token>/g, '');
  assert.ok(lines.length > 100, `${lines.length} lines`);
  for (const mark of [...marks, 'eyJ', 'Bearer']) assert.ok(!log.includes(mark), mark);
});

attack('a weak key is verified with', async () => {
  const right = await newKey('RS256', 'right');
  const weak = Object.entries(weakKeys());
  const sets = weak.map(([, { jwk }]) => ({ keys: [{ ...jwk, kid: 'weak' }, right.jwk] }));
  const servers = await Promise.all(sets.map(startBait));
  const providers = weak.map((_, index) => ({
    name: `p${index}`,
    kind: 'oidc',
    header: `x-key-${index}`,
    issuer: `https://p${index}.example`,
    jwks_uri: servers[index].url,
    audiences: ['a'],
    algorithms: ['RS256'],
  }));
  const other = await startWorker({ ...rig.options, config: { ...rig.options.config, routes: [], providers } });
  after(() => Promise.all([other.dispose(), ...servers.map(({ close }) => close())]));

  for (const [index, [name, { sign }]] of weak.entries()) {
    const claims = { iss: `https://p${index}.example`, aud: 'a', sub: 'user-1', exp: now() + 600 };
    const ask = async (token) => codeOf(await send(other.url, '/x', { headers: { [`x-key-${index}`]: token } }));
    const forge = (header) => {
      const input = signingInput({ alg: 'RS256', ...header }, claims);
      return `${input}.${encode(sign(input))}`;
    };
    backend.reset();
    assert.deepEqual(
      [await ask(forge({ kid: 'weak' })), await ask(forge({}))],
      ['key_unknown', 'signature_invalid'],
      name,
    );
    assert.equal(backend.counters.requests, 0);
    assert.equal(
      await ask(await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'right' }).sign(right.privateKey)),
      200,
      name,
    );
    await other
      .logged({ event: 'keys_refreshed', source: `https://p${index}.example`, keys: 1, skipped: 1 })
      .catch(() => assert.fail(`${name}: ${JSON.stringify(other.logs)}`));
  }
});

attack('a point of small order verifies everything', async () => {
  const hex = (text) => Buffer.from(text, 'hex');
  const neutral = hex(`01${'00'.repeat(31)}`);
  const points = [
    neutral,
    hex('00'.repeat(32)),
    hex(`ec${'ff'.repeat(30)}7f`),
    hex(`ee${'ff'.repeat(30)}7f`),
    hex(`00${'00'.repeat(30)}80`),
    hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
    hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  ];
  const right = await newKey('EdDSA', 'right');
  const bait = await startBait({
    keys: [
      ...points.map((x, index) => ({ kty: 'OKP', crv: 'Ed25519', kid: `small-${index}`, x: base64url.encode(x) })),
      right.jwk,
    ],
  });
  const provider = {
    name: 'p',
    kind: 'oidc',
    header: 'x-key',
    issuer: LOGIN,
    jwks_uri: bait.url,
    audiences: ['a'],
    algorithms: ['EdDSA'],
  };
  const other = await startWorker({
    ...rig.options,
    config: { ...rig.options.config, routes: [], providers: [provider] },
  });
  after(() => Promise.all([other.dispose(), bait.close()]));
  const claims = { iss: LOGIN, aud: 'a', sub: 'user-1', exp: now() + 600 };
  const ask = async (token) => codeOf(await send(other.url, '/x', { headers: { 'x-key': token } }));
  const input = (kid) => signingInput({ alg: 'EdDSA', kid }, claims);
  const signature = Buffer.concat([neutral, Buffer.alloc(32)]);

  // The attack is real: other verifiers accept this signature.
  const lenient = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url.encode(neutral) }, format: 'jwk' });
  assert.ok(verify(null, Buffer.from(input('small-0')), lenient, signature));
  backend.reset();
  for (const [index] of points.entries())
    assert.equal(await ask(`${input(`small-${index}`)}.${base64url.encode(signature)}`), 'key_unknown');
  for (const bytes of [signature, Buffer.alloc(64), Buffer.alloc(64, 0xff)])
    assert.equal(await ask(`${input('right')}.${base64url.encode(bytes)}`), 'signature_invalid');

  // The same signature with another S, or with an R that is not canonical.
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: 'right' }).sign(right.privateKey);
  const [header, payload, genuine] = token.split('.');
  const bytes = Buffer.from(base64url.decode(genuine));
  for (const changed of [
    plusOrder(bytes),
    Buffer.concat([points[3], bytes.subarray(32)]),
    Buffer.concat([bytes, Buffer.from([0])]),
  ])
    assert.equal(await ask(`${header}.${payload}.${base64url.encode(changed)}`), 'signature_invalid');
  assert.equal(backend.counters.requests, 0);
  assert.equal(await ask(token), 200);
  await other.logged({ event: 'keys_refreshed', keys: 1, skipped: points.length });
});

/** Returns S + L, which equals S for a verifier that does not demand S < L (RFC 8032, section 5.1.7). */
function plusOrder(signature) {
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()]);
}

/** Expects that a configuration without the members that `change` removes serves no request. */
async function servesNobody(change) {
  const { config } = rig.options;
  const other = await startWorker({ ...rig.options, config: { ...config, providers: change(config.providers) } });
  after(other.dispose);
  backend.reset();
  for (const path of ['/attack', '/open/x'])
    assert.equal(
      codeOf(await send(other.url, path, { headers: { 'x-session-id': (await good.jtl()).jtl } })),
      'misconfigured',
    );
  assert.equal(backend.counters.requests, 0);
}
