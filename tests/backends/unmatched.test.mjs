// What no rule names must be said, as soon as a rule demands more than any token.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { codeOf } from '../../testing/exchange.mjs';
import { startBackend } from './backend.mjs';
import { ADMIN, startBehind } from './behind.mjs';

const DEMANDS = {
  'a route with require': [{ path: '/admin/*', require: ADMIN }],
  'a route with fewer than all providers': [{ path: '/admin/*', providers: ['mc'] }],
  'such a route beside a plain one': [
    { path: '/orders/*' },
    { path: '/admin/*', methods: ['POST'], providers: ['jtl'] },
  ],
};

for (const name of /** @type {const} */ (['Express 5', 'Hono'])) {
  describe(name, async () => {
    const backend = await startBackend(name);
    after(backend.close);

    for (const [what, routes] of Object.entries(DEMANDS)) {
      const withChoice = async (config, test) => {
        const behind = await startBehind(backend, { routes, ...config });
        try {
          await test(behind);
        } finally {
          await behind.close();
        }
      };

      it(`${what} without unmatched: nobody is served`, () =>
        withChoice({}, async ({ ask, worker }) => {
          for (const path of ['/', '/admin', '/reports/x', '/orders/7']) {
            for (const token of [undefined, 'weak', 'admin', 'jtl']) {
              const answer = await ask(path, { token });
              assert.deepEqual([answer.status, codeOf(answer), answer.told], [500, 'misconfigured', []]);
            }
          }
          const { faults } = await worker.logged({ event: 'misconfigured' });
          assert.equal(faults.length, 1, JSON.stringify(faults));
          for (const part of ['unmatched', '"deny"', '"session"']) assert.ok(faults[0].includes(part), faults[0]);
        }));

      it(`${what} with unmatched = "deny": what no rule names is not found`, () =>
        withChoice({ unmatched: 'deny' }, async ({ ask }) => {
          for (const token of [undefined, 'admin', 'jtl']) {
            const answer = await ask('/reports/x', { token });
            assert.deepEqual([answer.status, answer.told], [404, []]);
          }
        }));

      it(`${what} with unmatched = "session": what no rule names needs a token`, () =>
        withChoice({ unmatched: 'session' }, async ({ ask }) => {
          const none = await ask('/reports/x');
          assert.deepEqual([codeOf(none), none.told], ['token_missing', []]);
          for (const token of ['weak', 'admin', 'jtl']) {
            const { status, told } = await ask('/reports/x', { token });
            assert.deepEqual([status, told[0].handler], [200, 'report']);
          }
        }));
    }

    it('routes that demand no more than any token need no choice', async () => {
      const behind = await startBehind(backend, { routes: [{ path: '/orders/*' }] });
      try {
        const { status, told } = await behind.ask('/reports/x', { token: 'weak' });
        assert.deepEqual([status, told[0].handler], [200, 'report']);
      } finally {
        await behind.close();
      }
    });
  });
}
