// The framework sees the method, the path, the host and the scheme that were judged, whatever fields a caller sends.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { codeOf } from '../../testing/exchange.mjs';
import { asCgi, spellings } from '../workerd/support/spellings.mjs';
import { FRAMEWORKS, startBackend } from './backend.mjs';
import { arrived, PUBLIC_HOST, startBehind } from './behind.mjs';

/** Fields that some backend takes for another part of the request, with what an attacker would write. */
const REWRITING = {
  'x-original-method': 'DELETE',
  'x-original-url': '/admin',
  'x-original-uri': '/admin',
  'x-original-host': 'evil.example',
  'x-rewrite-url': '/admin',
  'x-envoy-original-path': '/admin',
  'script-name': '/admin',
  'x-script-name': '/admin',
  'path-info': '/admin',
  'x-forwarded-prefix': '/admin',
  'x-forwarded-uri': '/admin',
  'x-forwarded-path': '/admin',
  'x-forwarded-method': 'DELETE',
  'x-forwarded-port': '8443',
  'x-forwarded-scheme': 'gopher',
  'x-forwarded-ssl': 'on',
  forwarded: 'host=evil.example;proto=gopher',
  'x-middleware-subrequest': 'middleware:middleware',
  'x-middleware-rewrite': '/admin',
  'x-invoke-path': '/admin',
  'x-invoke-query': '%7B%7D',
  'x-matched-path': '/admin',
};
/** Fields that the worker itself sets. */
const OURS = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' };
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** @type {{ path: string, token?: 'weak', handler: string }[]} */
const REQUESTS = [
  { path: '/orders/7?page=2', token: 'weak', handler: 'order' },
  { path: '/public/a?page=2', handler: 'page' },
];

for (const name of /** @type {const} */ (['Express 5', 'Express 4', 'Flask'])) {
  const { missing } = FRAMEWORKS[name];
  describe(name, { skip: missing }, async () => {
    if (missing) return;
    const backend = await startBackend(name, { override: true });
    const { ask, close } = await startBehind(backend, {
      routes: [{ path: '/orders/*' }, { path: '/public/*', access: 'public' }],
    });
    after(() => close().then(backend.close));

    /**
     * Expects that a request arrives as it was judged, and returns what was told.
     *
     * @param {typeof REQUESTS[0]} request
     * @param {{ method?: string, headers?: string[][] }} rest
     */
    async function arrives({ path, token, handler }, { method = 'POST', headers = [] }) {
      const answer = await ask(path, { method, token, headers });
      assert.equal(answer.status, 200, answer.body.toString());
      const [told] = answer.told;
      const { host, scheme, prefix = '' } = /** @type {any} */ (told);
      assert.deepEqual(
        { handler: told.handler, method: told.method, path: told.path, host, scheme, prefix },
        { handler, method, path, host: PUBLIC_HOST, scheme: 'https', prefix: '' },
      );
      return told;
    }

    for (const request of REQUESTS) {
      for (const [field, value] of Object.entries({ ...REWRITING, ...OURS })) {
        it(`${field} changes nothing on ${request.path}, in no spelling`, async () => {
          const told = await arrives(request, { headers: spellings(field).map((name) => [name, value]) });
          const left = told.fields.filter(([name]) => asCgi(name) === asCgi(field));
          assert.deepEqual(
            left.map(([name, value]) => [name.toLowerCase(), value]),
            field in OURS ? [[field, field === 'x-forwarded-host' ? PUBLIC_HOST : 'https']] : [],
          );
        });
      }

      it(`without any of them, ${request.path} has the public host and scheme`, async () => {
        const told = await arrives(request, {});
        assert.deepEqual(arrived(told, 'x-forwarded-host'), [PUBLIC_HOST]);
        assert.deepEqual(arrived(told, 'x-forwarded-proto'), ['https']);
      });
    }

    const [session, open] = REQUESTS;
    for (const field of OVERRIDES) {
      it(`${field} that differs from the method is refused on a session route, in every spelling`, async () => {
        for (const spelling of spellings(field)) {
          const answer = await ask(session.path, { method: 'POST', token: 'weak', headers: [[spelling, 'DELETE']] });
          assert.deepEqual([answer.status, codeOf(answer), answer.told], [400, 'method_ambiguous', []], spelling);
        }
      });

      it(`${field} that says the method passes on a session route`, async () => {
        await arrives(session, { headers: [[field, 'POST']] });
      });

      it(`${field} does not arrive on a public route, in no spelling`, async () => {
        const told = await arrives(open, { headers: spellings(field).map((name) => [name, 'DELETE']) });
        assert.deepEqual(
          told.fields.filter(([name]) => asCgi(name) === asCgi(field)),
          [],
        );
      });
    }

    it('the backend does follow such fields, if nobody stops them', async () => {
      const direct = `${backend.url}/orders/7`;
      const headers = { 'x-forwarded-host': 'evil.example', 'x-http-method-override': 'DELETE' };
      await (await fetch(direct, { method: 'POST', headers })).text();
      const [{ method, host }] = await backend.told();
      assert.deepEqual([method, host], ['DELETE', 'evil.example']);
    });
  });
}
