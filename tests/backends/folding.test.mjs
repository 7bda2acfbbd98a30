// What folding adds are demands. A public route is found as it is written; a weaker rule never replaces a stronger
// one, whether or not the backend minds case.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { codeOf } from '../../testing/exchange.mjs';
import { FRAMEWORKS, startBackend } from './backend.mjs';
import { ADMIN, startBehind } from './behind.mjs';

const NAMES = /** @type {(keyof typeof FRAMEWORKS)[]} */ (Object.keys(FRAMEWORKS));
const FOLDED = [
  '/orders/%C5%BFtatu%C5%BF',
  '/orders/%c5%bftatus',
  '/orders/STATUS',
  '/orders/Status',
  '/orders/statuS',
  '/orders/%53tatus',
  '/Orders/status',
  '/ORDERS/STATUS',
  '/%4frders/status',
  '/order%C5%BF/status',
];

for (const name of NAMES) {
  const { strict, decodes, missing } = FRAMEWORKS[name];
  describe(name, { skip: missing }, async () => {
    if (missing) return;
    const backend = await startBackend(name);
    const beside = await startBehind(backend, {
      routes: [{ path: '/orders/status', access: 'public' }, { path: '/orders/*' }],
    });
    const within = await startBehind(backend, {
      unmatched: 'deny',
      routes: [{ path: '/*', require: ADMIN }, { path: '/reports/*' }],
    });
    after(() => Promise.all([beside.close(), within.close()]).then(backend.close));

    for (const path of FOLDED) {
      for (const method of ['DELETE', 'GET']) {
        it(`${method} ${path} does not pass for the public /orders/status`, async () => {
          const answer = await beside.ask(path, { method });
          assert.deepEqual([codeOf(answer), answer.told], ['token_missing', []]);
        });
      }
    }

    it('the public route itself passes without a token, and other orders with one', async () => {
      const { status, told } = await beside.ask('/orders/status');
      assert.deepEqual([status, told[0].handler], [200, 'status']);
      const order = await beside.ask('/orders/7', { token: 'weak' });
      assert.deepEqual([order.status, order.told[0].handler], [200, 'order']);
    });

    for (const path of ['/REPORTS/x', '/Reports/x', '/report%C5%BF/x', '/%52eports/x']) {
      it(`${path} needs what /* and /reports/* need together`, async () => {
        const weak = await within.ask(path, { token: 'weak' });
        assert.deepEqual([weak.status, weak.told], [403, []]);
        const admin = await within.ask(path, { token: 'admin' });
        assert.equal(admin.told.length, 1);
        assert.equal(
          admin.told[0].handler,
          path === '/report%C5%BF/x' || strict || (path.includes('%') && !decodes) ? null : 'report',
        );
      });
    }

    it('/reports/x needs only a token, and everything else the permission', async () => {
      const report = await within.ask('/reports/x', { token: 'weak' });
      assert.deepEqual([report.status, report.told[0].handler], [200, 'report']);
      for (const path of ['/orders', '/admin', '/api/data']) {
        const weak = await within.ask(path, { token: 'weak' });
        assert.deepEqual([weak.status, weak.told], [403, []]);
        assert.equal((await within.ask(path, { token: 'admin' })).told.length, 1);
      }
    });
  });
}
