// Tokens on demand: good ones, changed ones, hostile ones.
import { mergePatch } from './merge-patch.mjs';
import { hostile } from './tokens.mjs';

/**
 * Signs a token with a ring's key. `claims` and `header` change the good ones (RFC 7396: null removes a
 * member). `hostile` names an entry of the catalogue in tokens.mjs.
 *
 * @param {Pick<import('./keys.mjs').KeyRing, 'sign' | 'signer'>} ring
 * @param {{ claims: object, header: object }} good
 * @param {{ claims?: object, header?: object, hostile?: string }} [changes]
 */
export async function mint(ring, good, { claims = {}, header = {}, hostile: name } = {}) {
  const merged = { claims: mergePatch(good.claims, claims), header: mergePatch(good.header, header) };
  if (name) return hostile(name, ring.signer, merged.claims, merged.header);
  return ring.sign(merged.claims, merged.header);
}
