// Key rings: what is published, and which key signs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { KeyRing } from '../../sim/index.mjs';

const kids = (ring) => ring.jwks().keys.map(({ kid }) => kid);
const accepts = (ring, token) =>
  jwtVerify(token, createLocalJWKSet(ring.jwks())).then(
    () => true,
    () => false,
  );

for (const alg of ['RS256', 'EdDSA']) {
  describe(`a ring of ${alg} keys`, () => {
    it('rotates with overlap, then retires the old key', async () => {
      const ring = await KeyRing.create(alg);
      const old = ring.signer.kid;
      const before = await ring.sign({});
      await ring.rotate({ mode: 'overlap' });
      assert.deepEqual(kids(ring), [old, ring.signer.kid]);
      const after = await ring.sign({});
      assert.equal(decodeProtectedHeader(after).kid, ring.signer.kid);
      assert.notEqual(ring.signer.kid, old);
      assert.deepEqual([await accepts(ring, before), await accepts(ring, after)], [true, true]);
      ring.retire();
      assert.deepEqual([await accepts(ring, before), await accepts(ring, after)], [false, true]);
    });

    it('announces a key before it signs', async () => {
      const ring = await KeyRing.create(alg);
      const old = ring.signer.kid;
      const next = await ring.rotate({ mode: 'announce' });
      assert.deepEqual(kids(ring), [old, next.kid]);
      assert.equal(ring.signer.kid, old);
      ring.signWith(next.kid);
      assert.equal(ring.signer.kid, next.kid);
      assert.throws(() => ring.signWith('nobody'), /no key nobody/);
    });

    it('rotates abruptly', async () => {
      const ring = await KeyRing.create(alg);
      const before = await ring.sign({});
      await ring.rotate({ mode: 'abrupt' });
      assert.deepEqual(kids(ring), [ring.signer.kid]);
      assert.deepEqual([await accepts(ring, before), await accepts(ring, await ring.sign({}))], [false, true]);
    });

    it('rotates under the same kid', async () => {
      const ring = await KeyRing.create(alg);
      const old = ring.signer.kid;
      const before = await ring.sign({});
      await ring.rotate({ mode: 'same-kid' });
      assert.deepEqual(kids(ring), [old]);
      assert.deepEqual([await accepts(ring, before), await accepts(ring, await ring.sign({}))], [false, true]);
    });

    it('publishes two keys under one kid', async () => {
      const ring = await KeyRing.create(alg);
      const { kid } = ring.signer;
      await ring.rotate({ mode: 'overlap', kid });
      assert.deepEqual(kids(ring), [kid, kid]);
    });

    it('publishes without kid', async () => {
      const ring = await KeyRing.create(alg);
      ring.publishKid(false);
      assert.deepEqual(kids(ring), [undefined]);
      assert.equal(await accepts(ring, await ring.sign({}, { alg })), true);
      ring.publishKid(true);
      assert.deepEqual(kids(ring), [ring.signer.kid]);
    });

    it('publishes keys of other kinds, and never a private half of its own', async () => {
      const ring = await KeyRing.create(alg);
      await ring.rotate();
      await ring.publishExtras(true);
      const { keys } = ring.jwks();
      assert.deepEqual(
        keys.map(({ kty, use }) => `${kty} ${use}`),
        [
          'EC sig',
          'EC enc',
          'RSA enc',
          'OKP enc',
          'oct enc',
          `${ring.signer.jwk.kty} sig`,
          `${ring.signer.jwk.kty} sig`,
        ],
      );
      for (const key of keys)
        for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.equal(member in key, false, member);
      assert.equal(await accepts(ring, await ring.sign({})), true);
      await ring.publishExtras(false);
      assert.equal(ring.jwks().keys.length, 2);
    });
  });
}

it('a ring knows its rotations', async () => {
  const ring = await KeyRing.create('EdDSA');
  await assert.rejects(ring.rotate({ mode: 'sometimes' }), /no such rotation/);
});
