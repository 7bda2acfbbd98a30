// Hostile tokens: one catalogue for tests and for anyone who wants to see a refusal.
import { generateKeyPairSync } from 'node:crypto';
import { base64url, CompactSign, SignJWT, UnsecuredJWT } from 'jose';
import { compact, encode, signingInput } from './compact.mjs';
import { newKey } from './keys.mjs';

/**
 * What can be wrong with a token: name → `{ code, make, needs? }`. `code` is the refusal that is due; `needs`
 * names a claim without which the case makes no sense.
 */
export const HOSTILE = {};

/**
 * Makes a hostile token, for example `hostile('expired', ring.signer, claims)`. `claims` and `header` are those
 * of a good token; the name says the one thing that is wrong with it.
 *
 * @param {string} name
 * @param {any} key
 * @param {object} claims
 * @param {{ alg?: string, kid?: string }} [header]
 */
export async function hostile(name, key, claims, header = { alg: key.alg, kid: key.kid }) {
  if (!Object.hasOwn(HOSTILE, name))
    throw new Error(`no hostile token ${name}; there are: ${Object.keys(HOSTILE).join(', ')}`);
  return HOSTILE[name].make({ key, claims, header, now: Math.floor(Date.now() / 1000) });
}

/** Returns the names of the hostile tokens that make sense for these claims. */
export function hostileNames(claims) {
  return Object.keys(HOSTILE).filter((name) => !HOSTILE[name].needs || Object.hasOwn(claims, HOSTILE[name].needs));
}

function define(code, cases, needs) {
  for (const [name, make] of Object.entries(cases)) HOSTILE[name] = { code, make, ...(needs && { needs }) };
}

/** Makes a good token, with these changes to claims and header. */
function good({ key, claims, header }, otherClaims = {}, otherHeader = {}) {
  return new SignJWT({ ...claims, ...otherClaims })
    .setProtectedHeader({ ...header, ...otherHeader })
    .sign(key.privateKey);
}

/**
 * Makes a token of parts that jose would not write.
 *
 * @param {any} token
 * @param {{ headerText?: string, payloadText?: string }} parts
 */
function raw({ key, claims, header }, { headerText, payloadText }) {
  return compact(key, headerText ?? header, payloadText ?? claims);
}

// Time

define('token_expired', {
  expired: (t) => good(t, { iat: t.now - 120, exp: t.now - 60 }),
});
define('token_not_yet_valid', {
  'not-yet-valid': (t) => good(t, { nbf: t.now + 600 }),
  'issued-in-the-future': (t) => good(t, { iat: t.now + 600, exp: t.now + 660 }),
});

// Claims

define('issuer_mismatch', { 'wrong-issuer': (t) => good(t, { iss: 'https://issuer.invalid' }) }, 'iss');
define(
  'audience_mismatch',
  {
    'wrong-audience': (t) => good(t, { aud: 'https://audience.invalid/' }),
    'audience-as-prefix': (t) => good(t, { aud: [].concat(t.claims.aud).map((value) => `${value}.audience.invalid`) }),
  },
  'aud',
);
define('claim_mismatch', { 'wrong-type': (t) => good(t, { type: 'access' }) }, 'type');
define('claim_missing', { 'no-expiry': (t) => good(t, { exp: undefined }) });
define('claims_malformed', {
  'expiry-as-text': (t) => raw(t, { payloadText: JSON.stringify({ ...t.claims, exp: String(t.now + 600) }) }),
  'payload-not-json': (t) => raw(t, { payloadText: 'exp=1' }),
  'payload-array': (t) => raw(t, { payloadText: JSON.stringify([t.claims]) }),
  'payload-not-utf8': (t) =>
    sign(t, Buffer.concat([Buffer.from(JSON.stringify(t.claims).slice(0, -1)), Buffer.from(',"x":"\xff"}', 'latin1')])),
  'duplicated-claim': (t) => raw(t, { payloadText: JSON.stringify(t.claims).replace('{', `{"exp":${t.now + 9999},`) }),
  'duplicated-nested-member': (t) =>
    raw(t, { payloadText: JSON.stringify(t.claims).replace('{', '{"x":{"role":"user","role":"admin"},') }),
  'deep-payload': (t) =>
    raw(t, { payloadText: JSON.stringify(t.claims).replace('{', `{"x":${'['.repeat(500)}${']'.repeat(500)},`) }),
});
define(
  'claims_malformed',
  {
    'audience-as-number': (t) => raw(t, { payloadText: JSON.stringify({ ...t.claims, aud: 1 }) }),
    'audience-empty': (t) => raw(t, { payloadText: JSON.stringify({ ...t.claims, aud: [] }) }),
  },
  'aud',
);

// Signature

define('signature_invalid', {
  'tampered-payload': async (t) => {
    const [header, , signature] = (await good(t)).split('.');
    return [header, encode({ ...t.claims, exp: t.now + 999_999 }), signature].join('.');
  },
  'tampered-header': async (t) => {
    const [, payload, signature] = (await good(t)).split('.');
    return [encode({ ...t.header, x: 1 }), payload, signature].join('.');
  },
  'tampered-signature': async (t) => {
    const [header, payload, signature] = (await good(t)).split('.');
    const bytes = base64url.decode(signature);
    bytes[bytes.length >> 1] ^= 1;
    return [header, payload, base64url.encode(bytes)].join('.');
  },
  'truncated-signature': async (t) => {
    const [header, payload, signature] = (await good(t)).split('.');
    return [header, payload, base64url.encode(base64url.decode(signature).slice(0, -1))].join('.');
  },
  'zero-signature': async (t) => {
    const [header, payload, signature] = (await good(t)).split('.');
    return [header, payload, base64url.encode(new Uint8Array(base64url.decode(signature).length))].join('.');
  },
  'no-signature': async (t) => `${(await good(t)).split('.').slice(0, 2).join('.')}.`,
  'foreign-key': async (t) => good({ ...t, key: await newKey(t.key.alg) }),
});
define('key_unknown', { 'unknown-kid': (t) => good(t, {}, { kid: 'nobody' }) });

// Algorithm

define('algorithm_not_allowed', {
  // RFC 7519, section 6: an unsecured JWT, whose signature is empty; then one that has a signature.
  unsigned: (t) => new UnsecuredJWT(t.claims).encode(),
  'alg-none': (t) => `${signingInput({ ...t.header, alg: 'none' }, t.claims)}.AA`,
  'alg-none-mixed-case': (t) => raw(t, { headerText: JSON.stringify({ ...t.header, alg: 'nOnE' }) }),
  'alg-lower-case': (t) => raw(t, { headerText: JSON.stringify({ ...t.header, alg: t.header.alg.toLowerCase() }) }),
  'hmac-with-pem': (t) => hmac(t, pem(t.key)),
  'hmac-with-jwk-bytes': (t) => hmac(t, base64url.decode(t.key.jwk.n ?? t.key.jwk.x)),
  'hmac-with-jwk-text': (t) => hmac(t, new TextEncoder().encode(t.key.jwk.n ?? t.key.jwk.x)),
  'other-algorithm': async (t) => {
    const key = await newKey(t.key.alg === 'EdDSA' ? 'RS256' : 'EdDSA');
    return good({ ...t, key }, {}, { alg: key.alg });
  },
  ecdsa: (t) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return good({ ...t, key: { privateKey } }, {}, { alg: 'ES256' });
  },
});

// Form

define('token_malformed', {
  'two-parts': async (t) => (await good(t)).split('.').slice(0, 2).join('.'),
  'four-parts': async (t) => `${await good(t)}.AA`,
  'five-parts': async (t) => `${await good(t)}.AA.AA`,
  // In all three the bytes of the signature are right; only their spelling is not the canonical base64url.
  'padded-base64': async (t) => `${await good(t)}==`,
  'standard-base64': async (t) => {
    for (let x = 0; ; x += 1) {
      const [header, payload, signature] = (await good(t, { x })).split('.');
      if (/[-_]/.test(signature))
        return [header, payload, signature.replaceAll('-', '+').replaceAll('_', '/')].join('.');
    }
  },
  'trailing-bits': async (t) => trailingBits(await good(t)),
});
define('token_too_large', {
  'too-large': (t) => good(t, { x: 'x'.repeat(16_384) }),
});

// Header

define('header_malformed', {
  'duplicated-alg': (t) => raw(t, { headerText: JSON.stringify(t.header).replace('{', '{"alg":"none",') }),
  'header-array': (t) => raw(t, { headerText: JSON.stringify([t.header]) }),
  'header-not-json': (t) => raw(t, { headerText: 'alg' }),
  'kid-as-number': (t) => raw(t, { headerText: JSON.stringify({ ...t.header, kid: 1 }) }),
  'alg-as-array': (t) => raw(t, { headerText: JSON.stringify({ ...t.header, alg: [t.header.alg] }) }),
});
define('header_critical', {
  critical: (t) => raw(t, { headerText: JSON.stringify({ ...t.header, crit: ['x'], x: true }) }),
  'critical-empty': (t) => raw(t, { headerText: JSON.stringify({ ...t.header, crit: [] }) }),
  'critical-b64': (t) => raw(t, { headerText: JSON.stringify({ ...t.header, crit: ['b64'], b64: true }) }),
});
define('signature_invalid', {
  'embedded-jwk': async (t) => {
    const key = await newKey(t.key.alg);
    return good({ ...t, key }, {}, { jwk: key.jwk });
  },
  'key-url': async (t) =>
    good(
      { ...t, key: await newKey(t.key.alg) },
      {},
      { jku: 'https://keys.invalid/jwks.json', x5u: 'https://keys.invalid/x5u' },
    ),
});

function sign({ key, header }, payload) {
  return new CompactSign(payload).setProtectedHeader(header).sign(key.privateKey);
}

function hmac(t, secret) {
  return new SignJWT(t.claims).setProtectedHeader({ ...t.header, alg: 'HS256' }).sign(secret);
}

function pem(key) {
  return Buffer.from(key.publicKey.export({ type: 'spki', format: 'pem' }));
}

function trailingBits(token) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)) + 1];
}
