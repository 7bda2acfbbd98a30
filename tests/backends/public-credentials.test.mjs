// On a public route the backend checks credentials of its own: they arrive as sent. No identity does.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { FRAMEWORKS, startBackend } from './backend.mjs';
import { arrived, SECRET, startBehind } from './behind.mjs';

const OWN = {
  'a bearer token of the backend': ['authorization', 'Bearer opaque-token-of-the-backend'],
  'a JWT of another issuer': ['authorization', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'],
  'a password': ['authorization', 'Basic dXNlcjpwYXNzd29yZA=='],
  'a field that a provider reads': ['x-session-id', 'a session of the backend'],
  'an API key': ['x-api-key', 'key'],
  cookies: ['cookie', 'session=abc; theme="dark, blue"'],
};

for (const name of /** @type {const} */ (['Express 5', 'Express 4', 'Hono', 'React Router', 'Flask'])) {
  const { missing } = FRAMEWORKS[name];
  describe(name, { skip: missing }, async () => {
    if (missing) return;
    const backend = await startBackend(name);
    const { ask, tokens, close } = await startBehind(backend, {
      routes: [
        { path: '/orders/*' },
        { path: '/api/*', forward_token: true },
        { path: '/public/*', access: 'public' },
        { path: '/login', access: 'public', methods: ['POST'] },
      ],
    });
    after(() => close().then(backend.close));

    for (const [what, field] of Object.entries(OWN)) {
      for (const [method, path, handler] of [
        ['GET', '/public/a', 'page'],
        ['POST', '/login', 'login'],
      ]) {
        it(`${what} arrives as sent: ${method} ${path}`, async () => {
          const { status, told } = await ask(path, { method, headers: [field] });
          assert.deepEqual([status, told[0].handler], [200, handler]);
          assert.deepEqual(arrived(told[0], field[0]), [field[1]]);
        });
      }
    }

    it('a good token arrives as well, and makes no identity', async () => {
      for (const token of /** @type {const} */ (['weak', 'jtl'])) {
        const { told } = await ask('/public/a', { token });
        const expected = token === 'weak' ? `Bearer ${tokens.weak}` : tokens.jtl;
        assert.deepEqual(arrived(told[0], token === 'weak' ? 'authorization' : 'x-session-id'), [expected]);
        assert.deepEqual(
          told[0].fields.filter(([name]) => /verified/i.test(name)),
          [],
        );
      }
    });

    it('what only the worker may say does not arrive, and its secret does', async () => {
      const forged = ['X-Verified-User', 'x_verified_user', 'X-Verified-Assertion', 'X-Verified-Provider'];
      const headers = [...forged.map((field) => [field, 'intruder']), ['X-Origin-Secret', 'guess']];
      const { status, told } = await ask('/public/a', { headers });
      assert.equal(status, 200);
      assert.deepEqual(
        told[0].fields.filter(([name]) => /verified/i.test(name)),
        [],
      );
      assert.deepEqual(arrived(told[0], 'x-origin-secret'), [SECRET]);
    });

    for (const token of /** @type {const} */ (['weak', 'jtl'])) {
      const field = token === 'weak' ? 'authorization' : 'x-session-id';
      it(`on a session route the credential in ${field} does not arrive, unless the route says so`, async () => {
        const kept = await ask('/orders/7', { token });
        assert.deepEqual([kept.status, arrived(kept.told[0], field)], [200, []]);
        const given = await ask('/api/data', { token });
        assert.deepEqual([given.status, arrived(given.told[0], field).length], [200, 1]);
      });
    }
  });
}
