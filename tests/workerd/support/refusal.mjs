// What every refusal owes: the whole answer, the log line, and silence at the backend.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseChallenges } from './challenge.mjs';
import { send } from '../../../testing/exchange.mjs';

/** @typedef {import('../../../testing/start-all.mjs').All} All */
/** @typedef {import('../../../testing/exchange.mjs').Sent} Sent */

/** Marks in claims and queries, which no answer and no log line may show. */
export const MARKED_USER = 'marked-user';
export const MARKED_QUERY = 'marked-query';

let count = 0;
/** Returns a new path for each request, which identifies its log line. */
export const ownPath = () => `/refused/${(count += 1)}`;

/**
 * Sends a request as it is, as POST and as HEAD, and checks everything about its refusal. `error` is the member
 * that the platforms' clients read. `provider` is the one that the log names, if any. `before` says whether the
 * token was verified for earlier requests. Returns `detail`.
 *
 * @param {Pick<All, 'worker' | 'backend'>} all
 * @param {string} target
 * @param {Sent} request
 * @param {{ status?: number, code: string, error: string, provider?: string, before?: boolean }} expected
 */
export async function refused({ worker, backend }, target, request, expected) {
  const { status = 401, code, error, provider, before = false } = expected;
  const reached = { ...backend.counters };
  const answer = await send(worker.url, target, request);
  const text = answer.body.toString();
  assert.equal(answer.status, status, text);
  const { title, detail, ...problem } = JSON.parse(text);
  assert.deepEqual(problem, { type: `urn:drawbridge:problem:${code}`, status, code, error, message: detail });
  assert.match(title, /^[A-Z][a-z -]+$/);
  assert.match(detail, /^.+\.$/);
  assert.equal(Number(answer.headers['content-length']), answer.body.length);
  assertHeaders(answer.headers, { code, detail, realm: worker.url });

  const [path] = target.split('?');
  const { method = 'GET' } = request;
  const logged = await worker.logged({ event: 'request', path, method });
  const { time, key_id: keyId, keys_from: keysFrom, found, found_unverified: unverified, ...line } = logged;
  assert.equal(typeof time, 'number');
  if (keyId !== undefined) assert.ok(keyIdsOf(request).includes(keyId), keyId);
  assert.ok([undefined, 'issuer', 'store', 'configuration'].includes(keysFrom), keysFrom);
  if (!['audience_mismatch', 'issuer_mismatch'].includes(code))
    assert.deepEqual([found, unverified], [undefined, undefined]);
  assert.deepEqual(line, {
    level: 'log',
    event: 'request',
    method,
    path,
    outcome: 'refused',
    code,
    detail,
    status,
    ...(provider && { provider }),
    ...(before && { verified_before: true }),
  });
  for (const secret of secretsOf(request)) assert.doesNotMatch(JSON.stringify([answer.pairs, text, line]), secret);

  if (code !== 'body_not_allowed') {
    const post = await send(worker.url, target, { body: 'posted', ...request, method: 'POST' });
    assert.deepEqual([post.status, timeless(post.body.toString())], [status, timeless(text)]);
    assertHeaders(post.headers, { code, detail, realm: worker.url });
  }
  const head = await send(worker.url, target, { ...request, method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [status, 0]);
  assertHeaders(head.headers, { code, detail, realm: worker.url });
  assert.deepEqual(backend.counters, reached);
  return detail;
}

/** Removes the seconds since expiry or until another attempt, which change between two requests. */
const timeless = (text) => text.replace(/\b\d+ s\b/g, 'some s');

/**
 * Expects these fields of a refusal, and no others.
 *
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {{ code: string, detail: string, realm: string }} expected
 */
function assertHeaders({ 'www-authenticate': field, 'content-length': _, ...headers }, { code, detail, realm }) {
  const { 'retry-after': seconds, ...others } = headers;
  if (code === 'keys_unavailable') assert.match(seconds, /^([1-9]|[12]\d|30)$/);
  assert.deepEqual(code === 'keys_unavailable' ? others : headers, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    connection: 'close',
  });
  assert.deepEqual(field && parseChallenges(timeless(field)), challengesFor(code, realm, timeless(detail)));
}

/**
 * Returns the challenges that RFC 6750, section 3, asks for: none if no token is at fault, and no error if none
 * was sent.
 */
function challengesFor(code, realm, detail) {
  if (['body_not_allowed', 'path_ambiguous', 'keys_unavailable'].includes(code)) return undefined;
  const error = code.startsWith('credential_') ? 'invalid_request' : 'invalid_token';
  return [
    { scheme: 'Bearer', params: { realm, ...(code !== 'token_missing' && { error, error_description: detail }) } },
  ];
}

/** Returns patterns for the marks and for every piece of what was sent as a credential. */
function secretsOf({ headers = {} }) {
  const sent = Array.isArray(headers) ? headers : Object.entries(headers);
  const credentials = sent.filter(([name]) => /authorization|session/i.test(name));
  const pieces = credentials.flatMap(([, value]) => value.match(/[\w-]{12}/g) ?? []);
  return [...new Set([MARKED_USER, MARKED_QUERY, ...pieces])].map((piece) => new RegExp(piece));
}

/**
 * Declares the end of a worker's refusals, which would mean nothing if every request were refused: one more
 * request is good, and it alone has ever reached the backend.
 */
export function letsAGoodOneThrough({ worker, backend }, request) {
  it('a good one is let through, and nothing else was', async () => {
    assert.equal((await send(worker.url, '/good', await request('/good'))).status, 200);
    assert.deepEqual(backend.counters, { connections: 1, requests: 1, bodyBytes: 0 });
  });
}

/** Returns what the log may say of the key that a token names. */
function keyIdsOf({ headers = {} }) {
  const values = (Array.isArray(headers) ? headers.map(([, value]) => value) : Object.values(headers)).map(String);
  return values.flatMap((value) => {
    try {
      const { kid } = JSON.parse(Buffer.from(value.split(' ').pop().split('.')[0], 'base64url').toString());
      return typeof kid === 'string' ? [kid.slice(0, 64)] : [];
    } catch {
      return [];
    }
  });
}

/** Declares the end of a file: what all its workers have logged. */
export function loggedNoToken(workers) {
  it('no log line holds any part of a token, a claim or a query', () => {
    const lines = workers.flatMap(({ logs }) => logs);
    assert.ok(lines.length > 20);
    // Every header and payload that is signed here begins with eyJ. A thumbprint may contain it by chance.
    assert.doesNotMatch(
      JSON.stringify(lines).replaceAll(/"key_id":"[\w-]{43}"/g, ''),
      new RegExp(`eyJ|${MARKED_USER}|${MARKED_QUERY}`),
    );
  });
}
