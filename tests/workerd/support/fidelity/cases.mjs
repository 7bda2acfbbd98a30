// The requests and answers that are sent directly and through the worker.
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { knownBytes } from '../../../../sim/backend-paths.mjs';
import { plain } from './script.mjs';
import { scripted } from './scripted.mjs';
import { webSockets } from './websockets.mjs';
import { chunked } from './wire.mjs';

const CRLF = '\r\n';
const TWENTY_MEGABYTES = Buffer.concat([...knownBytes(20_000_000)]);
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const TEXT = Buffer.from('compressed '.repeat(100));

/**
 * Builds an answer in one piece.
 *
 * @param {string} start
 * @param {string[]} [fields]
 * @param {string | Buffer} [body]
 */
function answer(start, fields = [], body = '') {
  return Buffer.concat([
    Buffer.from(`${[`HTTP/1.1 ${start}`, ...fields].join(CRLF)}${CRLF}${CRLF}`, 'latin1'),
    typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  ]);
}

const OK = answer('200 OK', ['Content-Type: text/plain', 'Content-Length: 2'], 'ok');
const LENGTH = (body) => `Content-Length: ${Buffer.from(body, 'latin1').length}`;
const CHUNKED = 'Transfer-Encoding: chunked';

const sends = (name, line, fields, body) => ({
  name,
  make: () => plain({ request: { line: `${line} HTTP/1.1`, fields, body }, answer: OK }),
});
const sendsBody = (name, body) =>
  sends(name, 'POST /orders', ['Content-Type: application/octet-stream', LENGTH(body)], body);
/**
 * Makes a case whose request is plain and whose answer is this one.
 *
 * @param {string} name
 * @param {string} start
 * @param {string[]} [fields]
 * @param {string | Buffer} [body]
 * @param {{ method?: string, hangUp?: boolean, fields?: string[], body?: string | Buffer }} [request]
 */
const answers = (name, start, fields, body, { method = 'GET', hangUp, fields: asked, body: sent } = {}) => ({
  name,
  make: () =>
    plain({
      request: { line: `${method} /orders HTTP/1.1`, fields: asked, body: sent },
      answer: answer(start, fields, body),
      hangUp,
    }),
});

const methods = [
  ...['GET', 'HEAD', 'OPTIONS', 'TRACE'].map((method) =>
    answers(`${method}`, '200 OK', ['Content-Length: 0'], '', { method }),
  ),
  ...[
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'PROPFIND',
    'PROPPATCH',
    'MKCOL',
    'COPY',
    'MOVE',
    'LOCK',
    'UNLOCK',
    'REPORT',
    'SEARCH',
    'PURGE',
    'ACL',
    'MKACTIVITY',
    'MKCALENDAR',
    'MERGE',
    'NOTIFY',
    'SUBSCRIBE',
    'UNSUBSCRIBE',
    'CHECKOUT',
    'MSEARCH',
  ].map((method) => sends(`${method} with a body`, `${method} /orders`, [LENGTH(ALL_BYTES)], ALL_BYTES)),
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map((method) =>
    sends(`${method} without a body or a length`, `${method} /orders`),
  ),
  ...['INVENTED', 'get', 'Patch', 'QUERY', 'LINK'].map((method) => sends(`the method ${method}`, `${method} /orders`)),
];

const targets = [
  ...[
    '/',
    '/orders/',
    '/orders?',
    '/orders?a',
    '/?a=b',
    '/orders?a=1&a=2',
    '/Orders',
    '/orders%20/%C3%A9/%c3%a9',
    '/%6frders/%7E',
    "/a.b/~c/d:e@f/!$&'()*+,=",
    '/...',
    '/orders?a=%2F%2f//;c&&d=%00%zz?e',
    '/orders?a=%20+%2B&%C3%A9=%c3%a9',
    '/orders?/../a/./b',
    '/orders?a=\\|^{}[]%',
    '/orders?()*!$,:@',
    "/orders?'%27'",
    '/orders?a#b',
    '/orders#b?c',
    '/orders?a="b"',
    '/orders?a=<b>',
    '/orders?a=`b`',
    '/orders?a=\xc3\xa9',
    'http://api.example.com/orders?a',
    'http://other.example/orders',
  ].map((target) => sends(`the target ${target}`, `GET ${target}`)),
  { name: 'HTTP/1.0', make: () => plain({ request: { line: 'GET /orders HTTP/1.0' }, answer: OK }) },
];

const requestFields = [
  sends('the fields of a browser', 'GET /orders', [
    'Accept: text/html, */*;q=0.1',
    'accept-encoding: gzip, deflate, br, zstd',
    'Accept-Language: de',
    'Cookie: a=b; c="d, e"',
    'DNT: 1',
    'If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT',
    'If-None-Match: W/"1", "2"',
    'Origin: https://hub.example',
    'Range: bytes=0-1',
    'If-Range: "1"',
    'referer: https://hub.example/',
    'Sec-Fetch-Mode: cors',
    'User-Agent: test (x; y)',
  ]),
  sends('no fields of its own', 'GET /orders'),
  sends('fields in every order and case', 'GET /orders', [
    'ZETA: 1',
    'x-one: 1',
    'accept: a/b',
    'Alpha: 2',
    'X_Under: 3',
    'x.dot: 4',
    'X-Two: 2',
  ]),
  sends('a field several times', 'GET /orders', ['X-Many: 1', 'X-Other: o', 'x-many: 2', 'X-MANY: 2', 'X-Many: a, b']),
  sends('a field several times that the runtime knows', 'GET /orders', [
    'Accept: a/b',
    'accept: c/d',
    'Via: 1.1 a',
    'Via: 1.1 b',
  ]),
  sends('cookies in several fields', 'GET /orders', ['Cookie: a=b', 'Cookie: c=d']),
  sends('values that are not ASCII', 'GET /orders', ['X-Latin: caf\xe9', 'X-UTF-8: caf\xc3\xa9', 'X-High: \x80\xff']),
  sends('values with white space', 'GET /orders', ['X-Padded: \t a  b\tc \t', 'X-Empty:', 'X-Blank:   ', 'X-Tight:a']),
  sends('a long value', 'GET /orders', [`X-Long: ${'a'.repeat(8000)}`]),
  sends(
    'a hundred fields',
    'GET /orders',
    Array.from({ length: 100 }, (_, index) => `X-Field-${index}: ${index}`),
  ),
  sends('its own wish for caching', 'GET /orders', ['Cache-Control: max-age=0']),
  sends('its own wishes for caching', 'GET /orders', ['Cache-Control: no-store', 'Pragma: x']),
  sends('what proxies say', 'GET /orders', [
    'Forwarded: for=192.0.2.1',
    'Via: 1.0 a',
    'X-Forwarded-For: 192.0.2.1',
    'X-Forwarded-Proto: https',
    'X-Real-IP: 192.0.2.1',
    'CDN-Loop: cloudflare',
    'CF-Ray: 8f0-FRA',
    'CF-Visitor: {"scheme":"https"}',
  ]),
  sends('what only Cloudflare may say', 'GET /orders', ['CF-Connecting-IP: 192.0.2.1', 'CF-Worker: other.example']),
  sends('fields of its connection', 'POST /orders', [
    'Connection: keep-alive, x-named',
    'X-Named: stays',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'Trailer: x-sum',
    'Upgrade: h2c',
    'Content-Length: 0',
  ]),
  sends('fields for its proxy', 'GET /orders', [
    'Proxy-Authorization: Basic YTpi',
    'Proxy-Authenticate: Basic',
    'Proxy-Connection: keep-alive',
  ]),
  sends('basic authentication for the backend', 'GET /orders', ['Authorization: Basic YTpi']),
  sends('a forged identity', 'GET /orders', [
    'X-Verified-User: forged',
    'x_verified_tenant: forged',
    'X.Verified.Anything: forged',
    'X-Verify: stays',
  ]),
  sends('a tenant', 'GET /orders', ['X-Tenant-ID: tenant-9']),
  sends('white space before a colon', 'GET /orders', ['X-Spaced : a']),
  sends('a folded field', 'GET /orders', ['X-Folded: a', ' b']),
  sends('a field without a name', 'GET /orders', [': a']),
  sends('a field without a colon', 'GET /orders', ['X-Bare']),
];

const requestBodies = [
  sendsBody('an empty body', ''),
  sendsBody('a body of one byte', '\xff'),
  sendsBody('a body of 20 MB', TWENTY_MEGABYTES),
  sends('an empty body in chunks', 'POST /orders', [CHUNKED], chunked([])),
  sends(
    'a body in chunks',
    'POST /orders',
    ['Transfer-Encoding: Chunked', 'Content-Type: a/b;c=d'],
    chunked(['a', ALL_BYTES, 'c']),
  ),
  sends(
    'a body of 20 MB in chunks',
    'PUT /orders',
    [CHUNKED],
    chunked([TWENTY_MEGABYTES.subarray(0, 10_000_000), TWENTY_MEGABYTES.subarray(10_000_000)]),
  ),
  sends(
    'a body in chunks with extensions and a trailer',
    'POST /orders',
    [CHUNKED],
    '3;a=b\r\nabc\r\n0;c\r\nX-Sum: 1\r\n\r\n',
  ),
  sends('a compressed body', 'POST /orders', ['Content-Encoding: gzip', LENGTH(gzipSync(TEXT))], gzipSync(TEXT)),
  ...['GET', 'HEAD'].flatMap((method) => [
    answers(`${method} with a length of 0`, '200 OK', ['Content-Length: 0'], '', {
      method,
      fields: ['Content-Length: 0'],
    }),
    answers(`${method} with an empty body in chunks`, '200 OK', ['Content-Length: 0'], '', {
      method,
      fields: [CHUNKED],
      body: chunked([]),
    }),
    answers(`${method} with a body`, '200 OK', ['Content-Length: 0'], '', {
      method,
      fields: ['Content-Length: 1'],
      body: 'x',
    }),
    answers(`${method} with a body in chunks`, '200 OK', ['Content-Length: 0'], '', {
      method,
      fields: [CHUNKED],
      body: chunked(['x']),
    }),
  ]),
];

const statuses = [
  ...[
    '200 OK',
    '200 All Right',
    '200 ',
    '201 Created',
    '202 Accepted',
    '203 Non-Authoritative Information',
    '207 Multi-Status',
    '226 IM Used',
    '299 X',
    '300 Multiple Choices',
    '301 Moved Permanently',
    '302 Found',
    '303 See Other',
    '307 Temporary Redirect',
    '308 Permanent Redirect',
    '400 Bad Request',
    '401 Unauthorized',
    '402 Payment Required',
    '403 Forbidden',
    '404 Not Found',
    '405 Method Not Allowed',
    '407 Proxy Authentication Required',
    '409 Conflict',
    '410 Gone',
    '412 Precondition Failed',
    '413 Content Too Large',
    '416 Range Not Satisfiable',
    '418 I am a teapot',
    '422 Unprocessable Content',
    '429 Too Many Requests',
    '451 X',
    '499 X',
    '500 Internal Server Error',
    '501 Not Implemented',
    '502 Bad Gateway',
    '503 Service Unavailable',
    '504 Gateway Timeout',
    '520 X',
    '599 X',
  ].map((start) =>
    answers(
      `the answer ${start}`,
      start,
      ['Location: /elsewhere?a=%2f', 'Retry-After: 3', 'WWW-Authenticate: Basic realm="backend"', 'Content-Length: 3'],
      'abc',
    ),
  ),
  ...['600 X', '999 X'].map((start) =>
    answers(`the answer ${start}, which is no status of HTTP`, start, ['Content-Length: 3'], 'abc'),
  ),
  answers('the answer 204', '204 No Content', ['X-A: 1']),
  answers('the answer 205', '205 Reset Content', ['Content-Length: 0']),
  answers('the answer 304', '304 Not Modified', ['ETag: "1"', 'Cache-Control: max-age=1']),
  answers('the answer 304 with a length', '304 Not Modified', ['ETag: "1"', 'Content-Length: 5']),
  {
    name: 'the answer 206 to a range',
    make: () =>
      plain({
        request: { line: 'GET /orders HTTP/1.1', fields: ['Range: bytes=2-4', 'If-Range: "1"'] },
        answer: answer('206 Partial Content', ['Content-Range: bytes 2-4/9', 'Content-Length: 3', 'ETag: "1"'], 'cde'),
      }),
  },
  answers(
    'the answer 206 in several parts',
    '206 Partial Content',
    ['Content-Type: multipart/byteranges; boundary=x', CHUNKED],
    chunked(['--x\r\n\r\na\r\n--x--\r\n']),
  ),
  answers('a redirect after POST', '303 See Other', ['Location: http://127.0.0.1:1/', 'Content-Length: 0'], '', {
    method: 'POST',
  }),
];

const answerFields = [
  answers('several cookies', '200 OK', [
    'Set-Cookie: a=b; Path=/; HttpOnly',
    'Content-Length: 0',
    'set-cookie: c=d; Expires=Wed, 01 Jan 2099 00:00:00 GMT',
    'Set-Cookie: a=b, c',
  ]),
  answers('an answer’s field several times', '200 OK', ['X-Many: 1', 'x-many: 2', 'X-Many: a, b', 'Content-Length: 0']),
  answers('an answer’s field several times that the runtime knows', '401 Unauthorized', [
    'Vary: a',
    'vary: b',
    'WWW-Authenticate: Basic realm="a"',
    'WWW-Authenticate: Digest realm="b"',
    'Link: </a>',
    'Link: </b>',
    'Content-Length: 0',
  ]),
  answers('an answer’s fields in every order and case', '200 OK', [
    'ZETA: 1',
    'content-type: a/b',
    'alpha: 2',
    'server: x',
    'content-length: 0',
    'X_Under: 3',
  ]),
  answers('an answer’s values that are not ASCII', '200 OK', [
    'X-Latin: caf\xe9',
    'X-UTF-8: caf\xc3\xa9',
    'Content-Disposition: attachment; filename="\xe9"',
    'Content-Length: 0',
  ]),
  answers('an answer’s values with white space', '200 OK', [
    'X-Padded: \t a  b\tc \t',
    'X-Empty:',
    'Content-Length: 0',
  ]),
  answers('what an answer says about caching', '200 OK', [
    'Cache-Control: public, max-age=60',
    'Age: 5',
    'Date: Wed, 01 Jan 2020 00:00:00 GMT',
    'Expires: 0',
    'ETag: W/"1"',
    'Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT',
    'Content-Length: 0',
  ]),
  answers('what an answer says about security', '200 OK', [
    'Strict-Transport-Security: max-age=1',
    'Content-Security-Policy: default-src *',
    'X-Frame-Options: DENY',
    'Content-Length: 0',
  ]),
  answers('an answer for other origins', '200 OK', [
    'Access-Control-Allow-Origin: *',
    'Access-Control-Expose-Headers: x',
    'Vary: Accept',
    'Content-Length: 0',
  ]),
  answers('an answer’s fields of its connection', '200 OK', [
    'Connection: keep-alive, x-named',
    'X-Named: stays',
    'Keep-Alive: timeout=5',
    'Proxy-Authenticate: Basic',
    'Via: 1.1 b',
    'Trailer: x-sum',
    'Content-Length: 0',
  ]),
  answers('an answer with identity headers of its own', '200 OK', ['X-Verified-User: echoed', 'Content-Length: 0']),
];

const answerBodies = [
  answers('an empty answer', '200 OK', ['Content-Length: 0']),
  answers('an answer of one byte', '200 OK', ['Content-Length: 1'], '\xff'),
  answers('an answer of 20 MB', '200 OK', [LENGTH(TWENTY_MEGABYTES)], TWENTY_MEGABYTES),
  answers('an answer in chunks', '200 OK', [CHUNKED], chunked(['a', ALL_BYTES])),
  answers('an empty answer in chunks', '200 OK', [CHUNKED], chunked([])),
  answers('an answer of 20 MB in chunks', '200 OK', [CHUNKED], chunked([TWENTY_MEGABYTES])),
  answers('an answer with a trailer', '200 OK', [CHUNKED], chunked(['abc'], { trailer: 'X-Sum: 1\r\n' })),
  answers('an answer that ends with the connection', '200 OK', ['Connection: close'], 'abc', { hangUp: true }),
  ...Object.entries({
    gzip: gzipSync(TEXT),
    br: brotliCompressSync(TEXT),
    zstd: zstdCompressSync(TEXT),
    'x-own': TEXT,
  }).flatMap(([encoding, body]) => [
    answers(
      `an answer in ${encoding}`,
      '200 OK',
      [`Content-Encoding: ${encoding}`, 'Vary: Accept-Encoding', LENGTH(body)],
      body,
    ),
    answers(
      `an answer in ${encoding}, in chunks`,
      '200 OK',
      [`Content-Encoding: ${encoding}`, CHUNKED],
      chunked([body]),
    ),
  ]),
  answers('an answer that says gzip and is not', '200 OK', ['Content-Encoding: gzip', 'Content-Length: 3'], 'abc'),
  answers('the answer to HEAD with the length of GET', '200 OK', ['Content-Length: 5'], '', { method: 'HEAD' }),
  answers('the answer to HEAD in chunks', '200 OK', [CHUNKED], '', { method: 'HEAD' }),
  answers('the answer to HEAD in gzip', '200 OK', ['Content-Encoding: gzip', 'Content-Length: 5'], '', {
    method: 'HEAD',
  }),
  answers('the answer to HEAD without a length', '200 OK', ['X-A: 1'], '', { method: 'HEAD' }),
];

/**
 * All cases: `{ name, make() }`. `make` returns what the two ends do: `{ caller(Caller), backend(request) }`.
 */
export const CASES = [
  ...methods,
  ...targets,
  ...requestFields,
  ...requestBodies,
  ...statuses,
  ...answerFields,
  ...answerBodies,
  ...scripted,
  ...webSockets,
];
