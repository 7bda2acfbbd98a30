// An issuer from the view of a test: what it publishes, which tokens are good, and in which time.
import { KeyRing } from '../../../sim/keys.mjs';

/** The audience of every token here. */
export const AUDIENCE = 'https://api.example.com/orders';

export class Issuer {
  /**
   * `{ text, key, from, until }`: the token is good in that time, in milliseconds since the epoch, or never.
   */
  tokens = [];
  #claims;
  #header;
  #intruder;

  /** `source` is the issuer's name in the worker's logs and in KV; `headers(token)` are those of a request. */
  constructor({ source, keys, endpoints, headers, claims, header }) {
    this.source = source;
    this.keys = keys;
    this.endpoints = endpoints;
    this.headers = headers;
    this.#claims = claims;
    this.#header = header;
  }

  /** How often each endpoint has been fetched, by name. */
  get fetches() {
    return Object.fromEntries(Object.entries(this.endpoints.counters).map(([name, { fetches }]) => [name, fetches]));
  }

  /** Tokens that are good now. */
  get good() {
    return this.tokens.filter(({ until }) => until === Infinity);
  }

  /** Tokens that are no longer good, or never were. */
  get bad() {
    return this.tokens.filter(({ until }) => until !== Infinity);
  }

  /** Makes a token with the key that signs now. */
  async sign() {
    await this.#keep(this.keys, Date.now(), Infinity);
  }

  /** Makes a new key that signs at once. `mode` is KeyRing's. */
  async rotate(mode) {
    await this.keys.rotate({ mode });
    if (mode !== 'overlap') this.#revokeOthers();
    await this.sign();
  }

  /** Publishes only the key that signs. */
  retire() {
    this.keys.retire();
    this.#revokeOthers();
  }

  /** Returns a key set of somebody else, and keeps a token that only that set would let through. */
  async intruders() {
    this.#intruder ??= await KeyRing.create(this.keys.alg);
    await this.#keep(this.#intruder, Infinity, -Infinity);
    return this.#intruder.jwks();
  }

  #revokeOthers() {
    for (const token of this.good) if (token.key !== this.keys.signer) token.until = Date.now();
  }

  async #keep(ring, from, until) {
    const key = ring.signer;
    const text = await ring.sign(this.#claims(), this.#header(key));
    this.tokens.push({ text, key, from, until });
  }
}

/** Returns the issuer of a region of the Merchant Center. */
export function issuerOfRegion(region) {
  return new Issuer({
    source: region.url,
    keys: region.keys,
    endpoints: region.endpoints,
    headers: (token) => ({ authorization: `Bearer ${token}` }),
    claims: () => region.claims({ audience: AUDIENCE }),
    header: ({ alg, kid }) => ({ alg, kid }),
  });
}

/** Returns the issuer of a JTL platform, whose session tokens come in the header field `name`. */
export function issuerOfJtl(jtl, name) {
  return new Issuer({
    source: `${jtl.url}/account`,
    keys: jtl.sessionKeys,
    endpoints: jtl.endpoints,
    headers: (token) => ({ [name]: token }),
    claims: jtl.sessionClaims,
    header: ({ alg }) => ({ alg, typ: 'JWT' }),
  });
}
