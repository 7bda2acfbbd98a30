// Keys that nobody should verify with, with their private halves, so that each can sign a token.
import {
  checkPrimeSync,
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  randomBytes,
} from 'node:crypto';
import { base64url } from 'jose';

const PKCS1 = Buffer.from('3031300d060960864801650304020105000420', 'hex');
const jwk = (key) => key.export({ format: 'jwk' });
const rsa = (modulusLength, publicExponent = 65_537) => generateKeyPairSync('rsa', { modulusLength, publicExponent });

/** Returns `{ name: { jwk, sign(input) } }`: the published form of each key, and what makes its signatures. */
export function weakKeys() {
  const signer = ({ publicKey, privateKey }, change = {}) => ({
    jwk: { ...jwk(publicKey), ...change },
    sign: (input) => pkcs1(privateKey, input),
  });
  const small = rsa(1024);
  const usual = rsa(2048);
  const three = rsa(2048, 3);
  const roca = rocaKey();
  return {
    '1024 bits': signer(small),
    '1024 bits, with zeros in front': signer(small, {
      n: base64url.encode(Buffer.concat([Buffer.alloc(128), base64url.decode(jwk(small.publicKey).n)])),
    }),
    '8192 bits': { jwk: { kty: 'RSA', e: 'AQAB', n: base64url.encode(odd(1024)) }, sign: () => randomBytes(1024) },
    'an even modulus': {
      jwk: { kty: 'RSA', e: 'AQAB', n: base64url.encode(Buffer.concat([odd(256).subarray(0, 255), Buffer.from([2])])) },
      sign: () => randomBytes(256),
    },
    'the exponent 3': signer(three),
    // Anyone who knows the message has the signature: it is the padded hash itself.
    'the exponent 1': { jwk: { ...jwk(usual.publicKey), e: 'AQ' }, sign: (input) => padded(input, 256) },
    'the exponent 65537 with a factor of two': {
      jwk: { ...jwk(usual.publicKey), e: 'AgAC' },
      sign: () => randomBytes(256),
    },
    'factors that can be found (ROCA)': { jwk: jwk(createPublicKey(roca)), sign: (input) => pkcs1(roca, input) },
    'its private half': { jwk: jwk(usual.privateKey), sign: (input) => pkcs1(usual.privateKey, input) },
    'another purpose': signer(usual, { use: 'enc' }),
    'another algorithm': signer(usual, { alg: 'RS512' }),
  };
}

/** Signs as RFC 8017, section 8.2.1, says, with sizes and exponents that Node's own signing may refuse. */
function pkcs1(key, input) {
  const hash = createHash('sha256').update(input).digest();
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([PKCS1, hash]));
}

function padded(input, length) {
  const tail = Buffer.concat([Buffer.from([0]), PKCS1, createHash('sha256').update(input).digest()]);
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(length - tail.length - 2, 0xff), tail]);
}

function odd(length) {
  const bytes = randomBytes(length);
  bytes[0] |= 0x80;
  bytes[length - 1] |= 1;
  return bytes;
}

/**
 * Makes a key as Infineon's RSALib did: each prime is `k * M + 65537^a mod M`, and M is a product of small
 * primes.
 */
function rocaKey() {
  const small = Array.from({ length: 700 }, (_, n) => n + 2).filter(
    (n) => !Array.from({ length: n - 2 }, (_, d) => d + 2).some((d) => n % d === 0),
  );
  const product = small.slice(0, 126).reduce((m, prime) => m * BigInt(prime), 1n);
  const [p, q] = [rocaPrime(product), rocaPrime(product)];
  const e = 65_537n;
  const [dp, dq] = [inverse(e, p - 1n), inverse(e, q - 1n)];
  const d = inverse(e, (p - 1n) * (q - 1n));
  const members = Object.entries({ n: p * q, e, d, p, q, dp, dq, qi: inverse(q, p) }).map(([name, value]) => [
    name,
    base64url.encode(bytesOf(value)),
  ]);
  return createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(members) }, format: 'jwk' });
}

function rocaPrime(product) {
  for (;;) {
    const exponent = BigInt(`0x${randomBytes(8).toString('hex')}`);
    const k = (3n << 1022n) / product + BigInt(`0x${randomBytes(4).toString('hex')}`);
    const candidate = k * product + power(65_537n, exponent, product);
    if (candidate % 65_537n !== 1n && checkPrimeSync(candidate)) return candidate;
  }
}

/** @param {bigint} base @param {bigint} exponent @param {bigint} modulus */
function power(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** @param {bigint} value @param {bigint} modulus */
function inverse(value, modulus) {
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % modulus) + modulus) % modulus;
}

function bytesOf(value) {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
}
