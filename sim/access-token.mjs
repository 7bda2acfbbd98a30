// OAuth 2.0 access tokens for client credentials (RFC 6749, section 4.4), opaque and short-lived.
import { randomBytes } from 'node:crypto';
import { readBody } from './answer.mjs';

/** Issues access tokens and knows the valid ones. */
export class AccessTokens {
  #expiries = new Map();

  /**
   * `settings.values` holds `clientId`, `clientSecret`, and in seconds `expiresIn`, which is announced, and
   * `lifetime`, which is real.
   */
  constructor(settings) {
    this.settings = settings;
  }

  /** Answers a token request: `{ status, headers?, json }`. */
  async grant(req) {
    const { clientId, clientSecret, expiresIn } = this.settings.values;
    const body = new URLSearchParams((await readBody(req)).toString());
    const fail = (status, error, headers = {}) => ({
      status,
      headers: { 'cache-control': 'no-store', ...headers },
      json: { error },
    });

    if (req.method !== 'POST') return fail(405, 'invalid_request', { allow: 'POST' });
    const expected = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (req.headers.authorization !== expected) return fail(401, 'invalid_client', { 'www-authenticate': 'Basic' });
    const type = (req.headers['content-type'] ?? '').split(';')[0].trim();
    if (type !== 'application/x-www-form-urlencoded') return fail(400, 'invalid_request');
    if (body.get('grant_type') !== 'client_credentials') return fail(400, 'unsupported_grant_type');
    return {
      headers: { 'cache-control': 'no-store' },
      json: { access_token: this.issue(), token_type: 'Bearer', expires_in: expiresIn },
    };
  }

  /** Makes a new access token. */
  issue() {
    const token = randomBytes(24).toString('base64url');
    this.#expiries.set(token, Date.now() + this.settings.values.lifetime * 1000);
    return token;
  }

  /** Whether a request carries a token that is valid now. */
  admits(req) {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
    return (this.#expiries.get(token) ?? 0) > Date.now();
  }

  /** Makes every token invalid, whatever lifetime was announced. */
  revoke() {
    this.#expiries.clear();
  }

  /** The part of the controls: any POST revokes all tokens. */
  get control() {
    const read = () => ({ valid: [...this.#expiries.values()].filter((expiry) => expiry > Date.now()).length });
    return { read, change: () => (this.revoke(), read()) };
  }
}
