// Node 20 keeps 1,000 lines of a head and drops the rest. No caller can use that to cut out what the worker adds.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { codeOf, send } from '../../testing/exchange.mjs';
import { startBackend, VULNERABLE_NODE } from './backend.mjs';
import { arrived, SECRET, startBehind } from './behind.mjs';

const ADDED = [
  'x-verified-user',
  'x-verified-project',
  'x-verified-provider',
  'x-verified-assertion',
  'x-origin-secret',
];
const KINDS = {
  'empty lines of one name': () => ['a', ''],
  'lines of one name': () => ['a', 'value'],
  'lines of one name that sorts last': () => ['zz', 'value'],
  'lines of ten names': (index) => [`a${index % 10}`, 'value'],
  'distinct names': (index) => [`a${index}`, 'value'],
};
const lines = (count, make) => Array.from({ length: count }, (_, index) => make(index));

describe('on a Node that drops lines', { skip: VULNERABLE_NODE ? false : 'npm has none for this platform' }, () => {
  for (const name of /** @type {const} */ (['Express 5', 'Express 4'])) {
    describe(name, async () => {
      const backend = await startBackend(name);
      const { ask, close } = await startBehind(backend, {
        routes: [{ path: '/orders/*' }, { path: '/public/*', access: 'public' }],
      });
      after(() => Promise.all([close(), backend.close()]));

      it('1,000 lines arrive and the next are dropped without a word', async () => {
        const headers = [...lines(1_100, (index) => [`a${index}`, 'v']), ['x-verified-user', 'user-1']];
        const { status } = await send(backend.url, '/orders/7', { headers });
        const [told] = await backend.told();
        assert.deepEqual([status, told.handler], [200, 'order']);
        assert.equal(Object.keys(told.headers).length, 1_000);
        assert.ok(!('x-verified-user' in told.headers));
      });

      for (const [kind, make] of Object.entries(KINDS)) {
        for (const count of [986, 991, 995, 1_000, 1_200]) {
          it(`${count} ${kind} take nothing from the identity, the assertion or the secret`, async () => {
            const answer = await ask('/orders/7', { token: 'weak', headers: lines(count, make) });
            if (kind === 'distinct names') assert.equal(codeOf(answer), 'headers_too_many');
            if (answer.status !== 200) {
              assert.deepEqual([answer.status, codeOf(answer), answer.told], [431, 'headers_too_many', []]);
              return;
            }
            const [told] = answer.told;
            assert.deepEqual(
              ADDED.filter((name) => told.headers[name] === undefined),
              [],
            );
            assert.equal(told.headers['x-verified-user'], 'user-1');
            assert.equal(told.headers['x-origin-secret'], SECRET);
          });

          it(`${count} ${kind} take nothing from the secret of a public request`, async () => {
            const answer = await ask('/public/a', { headers: lines(count, make) });
            if (answer.status !== 200)
              assert.deepEqual([answer.status, codeOf(answer), answer.told], [431, 'headers_too_many', []]);
            else assert.equal(answer.told[0].headers['x-origin-secret'], SECRET);
          });
        }
      }

      it('honest fields with many commas pass', async () => {
        const accept = lines(60, (index) => `type/x-${index};q=0.${index}`).join(', ');
        const baggage = lines(300, (index) => `k${index}=v`).join(',');
        const headers = [
          ['accept', accept],
          ['baggage', baggage],
          ['accept-language', 'de'],
          ['accept-language', 'en'],
        ];
        const { status, told } = await ask('/orders/7', { token: 'weak', headers });
        assert.equal(status, 200);
        assert.deepEqual(arrived(told[0], 'accept'), [accept]);
        assert.deepEqual(arrived(told[0], 'baggage'), [baggage]);
        assert.equal(arrived(told[0], 'accept-language').join(', '), 'de, en');
        assert.deepEqual(arrived(told[0], 'x-verified-user'), ['user-1']);
      });
    });
  }
});
