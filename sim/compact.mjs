// The compact form of a token (RFC 7515, section 7.1), with any parts.
import { sign } from 'node:crypto';

/**
 * Encodes a part in base64url: a text or bytes as they are, anything else as JSON.
 *
 * @param {unknown} part
 * @returns {string}
 */
export function encode(part) {
  const bytes = typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part);
  return Buffer.from(/** @type {any} */ (bytes)).toString('base64url');
}

/**
 * Returns what a signature covers: header and payload.
 *
 * @param {unknown} header
 * @param {unknown} payload
 */
export const signingInput = (header, payload) => `${encode(header)}.${encode(payload)}`;

/**
 * Signs any header and any payload.
 *
 * @param {{ alg: string, privateKey: import('node:crypto').KeyLike }} key
 * @param {unknown} header
 * @param {unknown} payload
 */
export function compact({ alg, privateKey }, header, payload) {
  const input = signingInput(header, payload);
  const digest = alg === 'EdDSA' ? null : 'sha256';
  return `${input}.${sign(digest, Buffer.from(input), privateKey).toString('base64url')}`;
}
