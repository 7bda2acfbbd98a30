// The signature arithmetic as it is compiled to WebAssembly, compared with WebCrypto, which jose uses.
import assert from 'node:assert/strict';
import { generateKeyPair } from 'node:crypto';
import { createServer } from 'node:http';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { compactVerify, CompactSign } from 'jose';
import { listen } from '../../../sim/listen.mjs';
import { send } from '../../../testing/exchange.mjs';
import { startWorker } from '../../../testing/worker/miniflare.mjs';
import { Random } from '../support/random.mjs';

const ISSUER = 'https://signatures.example';
const TOKENS = 24;

// Each of 2068 and 4000 bits is the most that its number of digits holds; 2069 and 4001 bits need more digits.
// The last exponent is the largest allowed prime.
const RSA = [
  ...[2048, 2049, 2068, 2069, 2560, 3072, 4000, 4001, 4095, 4096].map((modulusLength) => ({
    modulusLength,
    publicExponent: 65_537,
  })),
  ...[2048, 3072].flatMap((modulusLength) =>
    [65_539, 4_294_967_291].map((publicExponent) => ({ modulusLength, publicExponent })),
  ),
];
const keys = await Promise.all([
  ...RSA.map((options) => newKey('RS256', 'rsa', options)),
  ...[1, 2].map((index) => newKey('EdDSA', 'ed25519', {}, index)),
]);

const issuer = createServer((request, response) => response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })));
after(() => issuer.close());
const issuerUrl = await listen(issuer);

const settings = {
  name: 'login',
  kind: 'oidc',
  issuer: ISSUER,
  audiences: ['api'],
  algorithms: ['RS256', 'EdDSA'],
  jwks_uri: `${issuerUrl}/`,
};
const worker = await startWorker({
  config: {
    providers: [settings],
    routes: [{ path: '/*', respond: 'session' }],
    upstreams: { origin: { url: 'https://backend.example' } },
  },
});
after(worker.dispose);

/** @param {string} alg @param {any} type @param {any} options @param {number} [index] */
async function newKey(alg, type, options, index) {
  const { publicKey, privateKey } = await /** @type {any} */ (promisify(generateKeyPair))(type, options);
  const kid = [type, options.modulusLength, options.publicExponent, index].filter(Boolean).join(' ');
  return { alg, kid, publicKey, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

async function sign({ alg, kid, privateKey }, number) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'api', sub: `user-${number}`, iat: now, exp: now + 600 };
  const [header, payload, signature] = (
    await new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg, kid }).sign(privateKey)
  ).split('.');
  return { input: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') };
}

const compact = (input, signature) => `${input}.${signature.toString('base64url')}`;

async function worksInWorker(token) {
  const { status, body } = await send(worker.url, '/', { headers: { authorization: `Bearer ${token}` } });
  if (status !== 200) assert.equal(JSON.parse(body.toString()).code, 'signature_invalid');
  return status === 200;
}

const worksInJose = ({ publicKey }, token) =>
  compactVerify(token, publicKey).then(
    () => true,
    () => false,
  );

/** Returns signatures that are not valid. */
function forgeries({ jwk, alg }, signature, random) {
  const bits = Array.from({ length: 6 }, () => random.below(8 * signature.length));
  const flipped = bits.map((bit) =>
    signature.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)),
  );
  const lengths = [
    signature.subarray(1),
    signature.subarray(0, -1),
    Buffer.concat([Buffer.alloc(1), signature]),
    Buffer.concat([signature, Buffer.alloc(1)]),
  ];
  const filled = [0, 0xff].map((byte) => Buffer.alloc(signature.length, byte));
  return [...flipped, ...lengths, ...filled, ...(alg === 'RS256' ? numbers(jwk, signature) : scalars(signature))];
}

function numbers({ n }, signature) {
  const [modulus, value] = [Buffer.from(n, 'base64url'), signature].map((bytes) =>
    BigInt(`0x${bytes.toString('hex')}`),
  );
  return [1n, 2n, modulus - value, modulus + value, modulus - 1n, modulus, modulus + 1n, modulus >> 1n]
    .map((number) => number.toString(16).padStart(2 * signature.length, '0'))
    .filter((hex) => hex.length === 2 * signature.length)
    .map((hex) => Buffer.from(hex, 'hex'));
}

/** Returns the same S plus the group's order, another S, and an R of small order. */
function scalars(signature) {
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`);
  const others = [s + order, s + 1n, order - s].map((number) =>
    Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse(),
  );
  const identity = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
  return [
    ...others.map((scalar) => Buffer.concat([signature.subarray(0, 32), scalar])),
    Buffer.concat([identity, signature.subarray(32)]),
  ];
}

describe('a signature', () => {
  for (const key of keys) {
    it(`by the key "${key.kid}" has the verdict of WebCrypto`, async () => {
      const random = new Random(key.kid.length);
      for (let number = 0; number < TOKENS; number += 1) {
        const { input, signature } = await sign(key, number);
        assert.ok(await worksInJose(key, compact(input, signature)));
        assert.ok(await worksInWorker(compact(input, signature)), 'a good signature');
        // Before a key has multiples of its own (Ed25519), and after.
        if (number % (TOKENS - 1) !== 0) continue;
        for (const forged of forgeries(key, signature, random)) {
          assert.equal(await worksInJose(key, compact(input, forged)), false);
          assert.equal(await worksInWorker(compact(input, forged)), false, forged.toString('hex'));
        }
      }
    });
  }
});
