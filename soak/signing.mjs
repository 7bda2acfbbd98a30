// The keys of the identity providers and the tokens that they sign: good ones, hostile ones, and those of keys
// that are no longer published.
import { encode, signingInput } from '../sim/compact.mjs';
import { exchangeClaims } from '../sim/exchange-token.mjs';
import { appClaims, JTL_SETTINGS, sessionClaims } from '../sim/jtl.mjs';
import { KeyRing } from '../sim/keys.mjs';
import { hostile, hostileNames } from '../sim/tokens.mjs';
import { KINDS, LOGIN } from '../testing/attacks/configuration.mjs';

/** The path of the Merchant Center's tokens, which are for one path. */
export const PATH = '/orders';
const PROJECT = 'shop-eu';
const LIFETIME = 7200;
const REPEATED = 8;
const REMOVED = 120;

export class Signing {
  /** The key rings, by kind of provider. */
  rings = {};
  /** The last tokens of keys that nobody publishes any more: `{ kind, token }`. */
  removed = [];
  /** Hostile tokens: `{ kind, name, token }`. */
  hostile = [];
  #announced = {};
  #repeated = {};
  #users = 0;
  #issuer;
  #audience;

  /** `issuer` is the URL of the Merchant Center gateway, `origin` the worker's. */
  static async create({ issuer, origin }) {
    const signing = new Signing();
    signing.#issuer = issuer;
    signing.#audience = origin + PATH;
    for (const kind of KINDS) signing.rings[kind] = await KeyRing.create(kind === 'jtl' ? 'EdDSA' : 'RS256');
    await signing.renew();
    return signing;
  }

  /** The sets to publish, by kind. */
  get sets() {
    return Object.fromEntries(KINDS.map((kind) => [kind, this.rings[kind].jwks()]));
  }

  /**
   * Makes a token for a new user, with the identity that the backend must be told.
   *
   * @typedef {{ kind: string, token: string, identity: Record<string, string> }} Credential
   *
   * @param {string} kind
   * @returns {Promise<Credential>}
   */
  async once(kind) {
    const claims = this.#claims(kind);
    const token = await this.rings[kind].sign(claims, this.#header(kind));
    return { kind, token, identity: identityOf(kind, claims) };
  }

  /** Returns one of a few tokens that are sent again and again. */
  repeated(kind, turn) {
    return this.#repeated[kind][turn % REPEATED];
  }

  /** Makes new repeated and hostile tokens with the keys that sign now. */
  async renew() {
    const made = [];
    const repeated = {};
    for (const kind of KINDS) {
      repeated[kind] = [];
      while (repeated[kind].length < REPEATED) repeated[kind].push(await this.once(kind));
      const claims = this.#claims(kind);
      for (const name of hostileNames(claims))
        made.push({ kind, name, token: await hostile(name, this.rings[kind].signer, claims, this.#header(kind)) });
    }
    this.#repeated = repeated;
    this.hostile = made;
  }

  /** Makes a new key for each kind. From then on `sets` contains it, beside the one that signs. */
  async announce() {
    this.#announced = {};
    for (const kind of KINDS) this.#announced[kind] = await this.rings[kind].rotate({ mode: 'announce' });
  }

  /**
   * Lets the announced keys sign. Returns tokens of the old keys, used and new ones, which are still good.
   */
  async change() {
    const last = Object.values(this.#repeated).flat();
    for (const kind of KINDS) last.push(await this.once(kind));
    for (const kind of KINDS) this.rings[kind].signWith(this.#announced[kind].kid);
    await this.renew();
    return last;
  }

  /** Stops publishing the keys that no longer sign. */
  retire() {
    for (const kind of KINDS) this.rings[kind].retire();
  }

  /** Adds tokens of keys that nobody may accept from now on. */
  remove(tokens) {
    this.removed = [...tokens, ...this.removed].slice(0, REMOVED);
  }

  /** Makes a token that names an unknown key and that nobody has signed. */
  unknown(kind, turn) {
    const { alg } = this.rings[kind];
    const signature = Buffer.alloc(alg === 'EdDSA' ? 64 : 256, turn % 251);
    return `${signingInput({ alg, kid: `unknown-${turn}` }, this.#claims(kind))}.${encode(signature)}`;
  }

  #claims(kind) {
    const userId = `user-${(this.#users += 1)}`;
    if (kind === 'mc')
      return exchangeClaims({
        issuer: this.#issuer,
        audience: this.#audience,
        userId,
        projectKey: PROJECT,
        permissions: false,
        lifetime: LIFETIME,
      });
    if (kind === 'jtl') return sessionClaims({ ...JTL_SETTINGS, userId, sessionLifetime: LIFETIME });
    return appClaims({ ...JTL_SETTINGS, userId, appLifetime: LIFETIME }, LOGIN);
  }

  #header(kind) {
    const { alg, kid } = this.rings[kind].signer;
    return kind === 'jtl' ? { alg, typ: 'JWT' } : { alg, kid, typ: 'JWT' };
  }
}

/** Returns the identity headers that a backend gets for these claims. */
function identityOf(kind, claims) {
  const common = { 'x-verified-provider': kind, 'x-verified-expires': String(claims.exp) };
  if (kind === 'mc')
    return { ...common, 'x-verified-issuer': claims.iss, 'x-verified-user': claims.sub, 'x-verified-project': PROJECT };
  if (kind === 'jtl')
    return {
      ...common,
      'x-verified-user': claims.userId,
      'x-verified-tenant': claims.tenantId,
      'x-verified-tenant-slug': claims.tenantSlug,
    };
  return { ...common, 'x-verified-issuer': claims.iss, 'x-verified-user': claims.sub };
}
