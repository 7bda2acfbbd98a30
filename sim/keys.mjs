// Key rings: which keys an issuer publishes, and which of them signs.
import { generateKeyPair as generate, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, SignJWT } from 'jose';

const generateKeyPair = promisify(generate);

/** The ways of replacing a key; `rotate` explains them. */
export const ROTATIONS = ['overlap', 'announce', 'abrupt', 'same-kid'];

/** An issuer's keys. Private halves stay inside; only `jwks()` is ever served. */
export class KeyRing {
  /** "RS256" or "EdDSA". */
  alg;
  #keys; // the published ones, oldest first
  #signer;
  #publishKid = true;
  #extras = [];

  /** Makes a ring with one key for `alg`. */
  static async create(alg) {
    const ring = new KeyRing();
    ring.alg = alg;
    ring.#signer = await newKey(alg);
    ring.#keys = [ring.#signer];
    return ring;
  }

  /** The key that signs: `{ alg, kid, privateKey, publicKey, jwk }`. */
  get signer() {
    return this.#signer;
  }

  /** Returns the JWK Set as it is published. */
  jwks() {
    const keys = this.#keys.map(({ jwk: { kid, ...jwk } }) => (this.#publishKid ? { ...jwk, kid } : jwk));
    return { keys: [...this.#extras, ...keys] };
  }

  /**
   * Makes a new key.
   * - `overlap`: it signs, and the old keys stay published
   * - `announce`: it is published, and the old key continues to sign
   * - `abrupt`: it signs, and the old keys are gone
   * - `same-kid`: as `abrupt`, under the old key id
   *
   * `kid` sets the key id, for example to have two keys with one id.
   *
   * @param {{ mode?: string, kid?: string }} [options]
   */
  async rotate({ mode = 'overlap', kid } = {}) {
    if (!ROTATIONS.includes(mode)) throw new Error(`no such rotation: ${mode}`);
    const key = await newKey(this.alg, mode === 'same-kid' ? this.#signer.kid : kid);
    this.#keys = mode === 'overlap' || mode === 'announce' ? [...this.#keys, key] : [key];
    if (mode !== 'announce') this.#signer = key;
    return key;
  }

  /** Publishes only the key that signs. */
  retire() {
    this.#keys = [this.#signer];
  }

  /** Lets the newest published key with this key id sign. */
  signWith(kid) {
    const key = this.#keys.findLast((candidate) => candidate.kid === kid);
    if (!key) throw new Error(`no key ${kid}`);
    this.#signer = key;
  }

  /** Sets whether published keys carry their key id. Tokens are not affected. */
  publishKid(yes) {
    this.#publishKid = yes;
  }

  /** Sets whether keys of other kinds and uses are published in front of the real ones. */
  async publishExtras(yes) {
    this.#extras = yes ? await extraKeys() : [];
  }

  /**
   * Signs `claims` with the ring's own header or the given one.
   *
   * @param {import('jose').JWTPayload} claims
   * @param {import('jose').JWTHeaderParameters} [header]
   */
  sign(claims, header = { alg: this.#signer.alg, kid: this.#signer.kid }) {
    return new SignJWT(claims).setProtectedHeader(header).sign(this.#signer.privateKey);
  }

  /**
   * The part of the controls: `{"rotate": mode or {mode, kid}}`, `{"retire": true}`, `{"signWith": kid}`,
   * `{"publishKid": false}`, `{"publishExtras": true}`.
   */
  get control() {
    return {
      read: () => ({ signer: this.#signer.kid, published: this.jwks().keys }),
      change: async ({ rotate, retire, signWith, publishKid, publishExtras, ...rest }) => {
        const unknown = Object.keys(rest);
        if (unknown.length > 0) throw new Error(`no such key control: ${unknown.join(', ')}`);
        if (rotate !== undefined) await this.rotate(typeof rotate === 'string' ? { mode: rotate } : rotate);
        if (retire) this.retire();
        if (signWith !== undefined) this.signWith(signWith);
        if (publishKid !== undefined) this.publishKid(publishKid);
        if (publishExtras !== undefined) await this.publishExtras(publishExtras);
        return this.control.read();
      },
    };
  }
}

/** Makes a key pair for `alg`. Its key id is the RFC 7638 thumbprint unless one is given. */
export async function newKey(alg, kid) {
  const pair =
    alg === 'EdDSA' ? await generateKeyPair('ed25519') : await generateKeyPair('rsa', { modulusLength: 2048 });
  const jwk = pair.publicKey.export({ format: 'jwk' });
  kid ??= await calculateJwkThumbprint(jwk);
  return { alg, kid, ...pair, jwk: { ...jwk, alg, use: 'sig', kid } };
}

async function extraKeys() {
  const jwk = (pair) => pair.publicKey.export({ format: 'jwk' });
  const [rsa, p256, p384, x25519] = await Promise.all([
    generateKeyPair('rsa', { modulusLength: 2048 }),
    generateKeyPair('ec', { namedCurve: 'P-256' }),
    generateKeyPair('ec', { namedCurve: 'P-384' }),
    generateKeyPair('x25519'),
  ]);
  return [
    { ...jwk(p256), alg: 'ES256', use: 'sig', kid: 'extra-ec' },
    { ...jwk(p384), use: 'enc', kid: 'extra-ec-enc' },
    { ...jwk(rsa), alg: 'RSA-OAEP-256', use: 'enc', kid: 'extra-rsa-enc' },
    { ...jwk(x25519), use: 'enc', kid: 'extra-x25519' },
    { kty: 'oct', alg: 'A256GCM', use: 'enc', kid: 'extra-oct', k: randomBytes(32).toString('base64url') },
  ];
}
