// A request is refused if it does not hold exactly one credential, has two readings, or has a body that is not
// allowed. The refusal says why, and nothing reaches a backend.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { send, sendBytes } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { bearer, inSession } from '../support/credentials.mjs';
import { letsAGoodOneThrough, loggedNoToken, MARKED_USER, ownPath, refused } from '../support/refusal.mjs';

const provider =
  (wanted) =>
  ({ providers, ...rest }) => ({ ...rest, providers: providers.filter(({ name }) => name === wanted) });
const simulation = { jtl: { settings: { userId: MARKED_USER } } };
const mc = await startAll({ change: provider('mc') });
const jtl = await startAll({ change: provider('jtl') });
const both = await startAll({ simulation });
after(() => Promise.all([mc, jtl, both].map(({ close }) => close())));

let session;
before(async () => (session = await both.jtl.sessionToken()));

const MISSING = { code: 'token_missing', error: 'invalid_request' };
const AMBIGUOUS = { status: 400, code: 'credential_ambiguous', error: 'invalid_request' };
const MALFORMED = { status: 400, code: 'credential_malformed', error: 'invalid_request' };
const TOO_LARGE = { code: 'token_too_large', error: 'invalid_token' };

describe('a credential', () => {
  const row = (name, all, headers, expected) =>
    it(`${name}: ${expected.code}`, () => refused(all, ownPath(), { headers: headers() }, expected));

  row('is missing', both, () => ({}), MISSING);
  row('is missing for the Merchant Center', mc, () => ({}), { ...MISSING, provider: 'mc' });
  row('is missing for JTL, in the tutorial’s words', jtl, () => ({}), {
    status: 400,
    code: 'token_missing',
    error: 'Session token is required',
    provider: 'jtl',
  });
  row('is empty', both, () => ({ authorization: '', 'x-session-id': '' }), MISSING);
  row('is where nobody looks', mc, () => inSession(session), { ...MISSING, provider: 'mc' });
  row('is there twice, in two headers', both, () => ({ ...inSession(session), ...bearer(session) }), AMBIGUOUS);
  row(
    'is there twice, in two Authorization fields',
    both,
    () => [
      ['authorization', `Bearer ${session}`],
      ['Authorization', `Bearer ${session}`],
    ],
    AMBIGUOUS,
  );
  row(
    'is there twice, in two X-Session-ID fields',
    jtl,
    () => [
      ['x-session-id', session],
      ['X-Session-ID', session],
    ],
    { ...AMBIGUOUS, provider: 'jtl' },
  );
  row('is there twice, in one field', both, () => bearer(`${session}, Bearer ${session}`), AMBIGUOUS);
  row(
    'stands beside one of another scheme',
    both,
    () => ({ authorization: 'Basic YTpi', ...inSession(session) }),
    AMBIGUOUS,
  );
  row('has another scheme', both, () => ({ authorization: `Basic ${session}` }), MALFORMED);
  row('has no scheme', both, () => ({ authorization: session }), MALFORMED);
  row('is nothing but a scheme', both, () => ({ authorization: 'Bearer' }), MALFORMED);
  row('has a scheme where none belongs', jtl, () => inSession(`Bearer ${session}`), { ...MALFORMED, provider: 'jtl' });
  row('has a tab after its scheme', both, () => ({ authorization: `Bearer\t${session}` }), MALFORMED);
  row('is in two pieces', both, () => bearer(session.replace('.', ' .')), MALFORMED);
  row('is not ASCII', both, () => bearer('\u00e4.\u00e4.\u00e4'), MALFORMED);
  row('is a byte longer than 16 KiB', mc, () => bearer('a'.repeat(16_385)), { ...TOO_LARGE, provider: 'mc' });
  row('is a byte longer than 16 KiB, and JTL’s', jtl, () => inSession('a'.repeat(16_385)), {
    ...TOO_LARGE,
    error: 'Failed to verify session token',
    provider: 'jtl',
  });
  row('is a list longer than 16 KiB', both, () => bearer('a, '.repeat(6000)), TOO_LARGE);
  row('is 16 KiB of no token', mc, () => bearer('a'.repeat(16_384)), {
    code: 'token_malformed',
    error: 'invalid_token',
    provider: 'mc',
  });
});

describe('a path that can be read in two ways', () => {
  for (const path of [
    '//orders',
    '/orders//1',
    '/orders//',
    '/orders%2f1',
    '/orders%2F1',
    '/orders%5c1',
    '/orders\\1',
    '/orders%00',
    '/orders;a=b',
    '/orders;/1',
    '/;',
    '/%2e%2e/orders',
    '/orders/%2E%2E',
    '/a/.%2e/b',
    '/a/%2e/b',
    '/a/../b',
    '/a/./b',
    '/orders/..',
    '/.',
    '/orders%',
    '/orders%2',
    '/orders%zz',
    '/orders%+1',
    '/orders|',
    '/orders"',
    '/{orders}',
    '/orders^',
    '/[orders]',
  ]) {
    it(`${path}: path_ambiguous`, () =>
      refused(
        both,
        path,
        { headers: inSession(session) },
        { status: 400, code: 'path_ambiguous', error: 'invalid_request' },
      ));
  }
});

describe('a body', () => {
  const NOT_ALLOWED = { status: 400, code: 'body_not_allowed', error: 'invalid_request', provider: 'jtl' };

  it('of a GET or HEAD, with its length: body_not_allowed', () =>
    refused(both, ownPath(), { headers: inSession(session), body: 'x' }, NOT_ALLOWED));

  it('of a GET or HEAD, in chunks: body_not_allowed', () =>
    refused(
      both,
      ownPath(),
      { headers: { ...inSession(session), 'transfer-encoding': 'chunked' }, body: 'x' },
      // The test before has sent the token twice.
      { ...NOT_ALLOWED, before: true },
    ));

  it('of a POST whose token is refused never leaves', async () => {
    const headers = inSession(await both.jtl.sessionToken({ hostile: 'tampered-signature' }));
    const expected = { code: 'signature_invalid', error: 'Failed to verify session token', provider: 'jtl' };
    await refused(both, ownPath(), { method: 'POST', headers, body: Buffer.alloc(1 << 20) }, expected);
  });

  letsAGoodOneThrough(both, () => ({ headers: inSession(session) }));
});

describe('a refusal', () => {
  it('of a HEAD has not one byte of a body', async () => {
    for (const [{ worker }, header] of /** @type {[typeof both, string][]} */ ([
      [mc, ''],
      [jtl, ''],
      [mc, 'authorization: Bearer a.b.c\r\n'],
      [jtl, 'x-session-id: a.b.c\r\n'],
    ])) {
      const answer = await sendBytes(worker.url, `HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${header}\r\n`);
      assert.match(answer, /^HTTP\/1\.1 40[01] /);
      assert.equal(answer.indexOf('\r\n\r\n'), answer.length - 4);
    }
  });

  it('carries the id that Cloudflare gave the request', async () => {
    const answer = await send(both.worker.url, ownPath(), { headers: { 'cf-ray': '8f0-FRA' } });
    assert.equal(JSON.parse(answer.body.toString()).instance, '8f0-FRA');
    await both.worker.logged({ ray: '8f0-FRA', code: 'token_missing' });
  });
});

loggedNoToken([mc.worker, jtl.worker, both.worker]);
