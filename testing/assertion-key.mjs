// @ts-check
// Keys for the worker's assertions.
import { exportJWK, generateKeyPair } from 'jose';

/**
 * A new private key as a JWK, which is what the secret of an upstream's `assertion` holds.
 *
 * @returns {Promise<import('jose').JWK>}
 */
export async function newAssertionKey() {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return exportJWK(privateKey);
}
