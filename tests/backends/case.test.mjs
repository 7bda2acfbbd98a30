// A backend that does not mind case serves /API/data as /api/data. So a rule that protects does not mind case either.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { codeOf } from '../../testing/exchange.mjs';
import { FRAMEWORKS, startBackend } from './backend.mjs';
import { startBehind } from './behind.mjs';

const NAMES = /** @type {(keyof typeof FRAMEWORKS)[]} */ (Object.keys(FRAMEWORKS));
const OTHER_CASE = ['/API/data', '/Api/DATA', '/aPi/data', '/API/DATA', '/apI/Data'];

for (const name of NAMES) {
  const { strict, missing } = FRAMEWORKS[name];
  describe(name, { skip: missing }, async () => {
    if (missing) return;
    const backend = await startBackend(name);
    const routes = [{ path: '/*', access: 'public' }, { path: '/api/*' }];
    const behind = await startBehind(backend, { routes });
    const minding = await startBehind(backend, { routes, case_sensitive: true });
    after(() => Promise.all([behind.close(), minding.close()]).then(backend.close));

    for (const path of OTHER_CASE) {
      it(`${path} needs a token, and a token is enough`, async () => {
        const answer = await behind.ask(path);
        assert.deepEqual([answer.status, codeOf(answer), answer.told], [401, 'token_missing', []]);
        const { told } = await behind.ask(path, { token: 'weak' });
        assert.equal(told.length, 1);
        assert.equal(told[0].handler, strict ? null : 'data');
        assert.deepEqual(told[0].path, path);
      });

      it(`with case_sensitive, ${path} is public, so only a backend that minds case is safe`, async () => {
        const { told } = await minding.ask(path);
        assert.deepEqual(
          told.map(({ handler }) => handler),
          [strict ? null : 'data'],
        );
      });
    }

    it('the plain path needs a token in both', async () => {
      for (const { ask } of [behind, minding]) {
        const answer = await ask('/api/data');
        assert.deepEqual([codeOf(answer), answer.told], ['token_missing', []]);
        const { status, told } = await ask('/api/data', { token: 'weak' });
        assert.deepEqual([status, told[0].handler], [200, 'data']);
      }
    });
  });
}
