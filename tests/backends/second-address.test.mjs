// React Router gives every page a second address, for its data. Rules do not know it: only a configuration that
// denies what no rule names keeps it shut.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { codeOf } from '../../testing/exchange.mjs';
import { startBackend } from './backend.mjs';
import { ADMIN, startBehind } from './behind.mjs';

const ADMIN_ROUTE = { path: '/admin/*', require: ADMIN };
const SECOND = ['/admin.data', '/ADMIN.data', '/admin.data?_routes=admin', '/%61dmin.data'];

describe('React Router', async () => {
  const backend = await startBackend('React Router');
  const denying = await startBehind(backend, {
    unmatched: 'deny',
    routes: [ADMIN_ROUTE, { path: '/public/*', access: 'public' }],
  });
  const session = await startBehind(backend, { unmatched: 'session', routes: [ADMIN_ROUTE] });
  const open = await startBehind(backend, {
    unmatched: 'deny',
    routes: [ADMIN_ROUTE, { path: '/*', access: 'public' }],
  });
  after(() => Promise.all([denying.close(), session.close(), open.close()]).then(backend.close));

  for (const path of SECOND) {
    it(`${path} leads to no handler where other paths are denied`, async () => {
      for (const token of /** @type {const} */ ([undefined, 'weak', 'admin'])) {
        const answer = await denying.ask(path, { token });
        assert.deepEqual([answer.status, answer.told], [404, []]);
      }
    });

    it(`${path} leads to the handler of /admin where a wider rule admits it`, async () => {
      const weak = await session.ask(path, { token: 'weak' });
      const none = await open.ask(path);
      assert.deepEqual([weak.told[0].handler, none.told[0].handler], ['admin', 'admin']);
      assert.equal(codeOf(await session.ask(path)), 'token_missing');
    });
  }

  it('data below the rule is under the rule', async () => {
    for (const { ask } of [denying, session, open]) {
      assert.deepEqual((await ask('/admin/users.data', { token: 'weak' })).told, []);
      assert.equal((await ask('/admin/users.data', { token: 'admin' })).told[0].handler, 'users');
    }
  });
});
