// @ts-check
// Keys for the worker's assertions.
import { exportJWK, generateKeyPair } from 'jose';

/**
 * Makes a new private key as a JWK, as the secret of an upstream's `assertion` holds it.
 *
 * @returns {Promise<import('jose').JWK>}
 */
export async function newAssertionKey() {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return exportJWK(privateKey);
}
