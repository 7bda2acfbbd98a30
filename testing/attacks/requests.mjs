// @ts-check
// Requests that no client library would send. Each attack is a row `{ title, variants }`. A variant is `[name,
// make, expected]`: `make` writes the bytes with a RequestWriter; `expected` says who stops them, with which
// answers, and what reaches the backend. By default that is the path of the attack, no body, and the identity
// of the token.

/** The runtime refuses it with this status, before any worker runs. */
const runtime = (/** @type {number} */ status) => ({ by: 'the runtime', answers: [status], reaches: [] });

/** The runtime ends the connection without an answer. */
const DROPPED = { by: 'the runtime', answers: [], reaches: [] };

/** The worker refuses it with this code. */
const worker = (/** @type {string} */ code) => ({ by: `\`${code}\``, answers: [code], reaches: [] });

/**
 * One request reaches the backend as the rules saw it, and looks like this there.
 *
 * @param {Arrived} [arrived]
 * @param {(number | string)[]} more
 * @returns {Expected}
 */
const harmless = (arrived = {}, ...more) => ({
  by: 'arrives as one plain request',
  answers: [200, ...more],
  reaches: [arrived],
});

const LONG = 'a'.repeat(100_000);
const EXTRA = 'X-Verified-User: intruder';
const CHUNKED = 'Transfer-Encoding: chunked';
/** @param {number} count @param {(index: number) => string} make */
const lines = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/**
 * @typedef {string | ((writer: RequestWriter) => string)} Told
 * @typedef {{ url?: Told, body?: Told | null, fields?: object, identity?: object | false }} Arrived
 * @typedef {{
 *   by: string,
 *   answers: (number | string)[],
 *   reaches: Arrived[],
 *   hangsUp?: boolean,
 *   noise?: RegExp,
 * }} Expected
 * @typedef {[name: string, make: (writer: RequestWriter) => string, expected: Expected]} Variant
 * @typedef {{ title: string, variants: Variant[] }} Row
 * @typedef {import('./request.mjs').RequestWriter} RequestWriter
 */

/** @type {Row[]} */
const FRAMING = [
  {
    title: 'Content-Length beside Transfer-Encoding',
    variants: [
      [
        'the length ends before the chunks',
        (r) => r.post(['Content-Length: 4', CHUNKED], `0\r\n\r\n${r.hidden}`),
        harmless({ body: '' }),
      ],
      [
        'the chunks end before the length',
        (r) => r.post([CHUNKED, `Content-Length: ${5 + r.hidden.length}`], `0\r\n\r\n${r.hidden}`),
        harmless({ body: '' }),
      ],
      [
        'on a public route',
        (r) => r.on('/open').post(['Content-Length: 4', CHUNKED], `0\r\n\r\n${r.hidden}`),
        harmless({ body: '', identity: false }),
      ],
      [
        'on a connection that stays open',
        (r) => r.post(['Content-Length: 4', CHUNKED], `0\r\n\r\n${r.hidden}`, { close: false }),
        harmless({ body: '' }),
      ],
    ],
  },
  {
    title: 'a Transfer-Encoding in disguise',
    variants: [
      ...['xchunked', 'identity', '"chunked"', '\x0bchunked', 'chunked, identity', 'chunked\0', '[chunked]', 'x'].map(
        /** @returns {Variant} */ (value) => [
          JSON.stringify(value),
          (r) => r.post([`Transfer-Encoding: ${value}`], '0\r\n\r\n'),
          runtime(400),
        ],
      ),
      ['a space before the colon', (r) => r.post(['Transfer-Encoding : chunked'], '0\r\n\r\n'), runtime(400)],
      ['on a line of its own', (r) => r.post(['Transfer-Encoding:', ' chunked'], '0\r\n\r\n'), runtime(400)],
      [
        'twice, and the last one is another',
        (r) => r.post([CHUNKED, 'Transfer-Encoding: identity'], '0\r\n\r\n'),
        runtime(400),
      ],
      ['in HTTP/1.0', (r) => r.post([CHUNKED], '0\r\n\r\n', { version: 'HTTP/1.0' }), runtime(400)],
      ...['cHuNkEd', '\tchunked\t', 'gzip, chunked'].map(
        /** @returns {Variant} */ (value) => [
          JSON.stringify(value),
          (r) => r.post([`Transfer-Encoding: ${value}`], '1\r\nx\r\n0\r\n\r\n'),
          harmless({ body: 'x', fields: { 'transfer-encoding': 'chunked' } }),
        ],
      ),
    ],
  },
  {
    title: 'a Content-Length that can be read in two ways',
    variants: [
      ...['3, 3', '+3', '-1', '0x3', '3 4', '3.0', '1e1', '', '99999999999999999999999999', '18446744073709551619'].map(
        /** @returns {Variant} */ (value) => [
          JSON.stringify(value),
          (r) => r.post([`Content-Length: ${value}`], 'abc'),
          runtime(400),
        ],
      ),
      ['two that differ', (r) => r.post(['Content-Length: 3', 'Content-Length: 0'], 'abc'), runtime(400)],
      [
        'two that are equal',
        (r) => r.post(['Content-Length: 3', 'Content-Length: 3'], 'abc'),
        harmless({ body: 'abc', fields: { 'content-length': '3' } }),
      ],
      [
        'with zeros in front',
        (r) => r.post(['Content-Length: 0003'], 'abc'),
        harmless({ body: 'abc', fields: { 'content-length': '3' } }),
      ],
    ],
  },
  {
    title: 'a chunk of a false size',
    // The runtime tells the worker only that sending the body has failed.
    variants: ['zz', '-1', '0x3', 'fffffffffffffffff3', '+3', ' 3', ''].map(
      /** @returns {Variant} */ (size) => [
        JSON.stringify(size),
        (r) => r.post([CHUNKED], `${size}\r\nabc\r\n0\r\n\r\n`),
        worker('upstream_unreachable'),
      ],
    ),
  },
  {
    title: 'fields after the last chunk',
    variants: [
      [
        'an identity',
        (r) => r.post([CHUNKED, 'Trailer: X-Verified-User'], `3\r\nabc\r\n0\r\n${EXTRA}\r\n\r\n`),
        harmless({ body: 'abc' }),
      ],
      ['a chunk’s extension', (r) => r.post([CHUNKED], `3;${EXTRA}\r\nabc\r\n0\r\n\r\n`), harmless({ body: 'abc' })],
    ],
  },
  {
    title: 'a request inside the body of another',
    variants: [
      ['of a GET', (r) => r.get([`Content-Length: ${r.hidden.length}`], r.hidden), worker('body_not_allowed')],
      [
        'of a POST',
        (r) => r.post([`Content-Length: ${r.hidden.length}`], r.hidden),
        harmless({ body: (r) => r.hidden }),
      ],
      [
        'of a POST that is refused',
        (r) => r.with('a.b.c').post([`Content-Length: ${r.hidden.length}`], r.hidden),
        worker('token_malformed'),
      ],
    ],
  },
  {
    title: 'a second request on a connection that the first has opened',
    variants: [
      ['without a token', (r) => r.get([], r.hidden, { close: false }), harmless({}, 'token_missing')],
      [
        'after a refused one',
        (r) => r.with('a.b.c').get([], r.hidden, { close: false }),
        { ...worker('token_malformed'), answers: ['token_malformed', 'token_missing'] },
      ],
    ],
  },
  {
    title: 'a body that ends before its length',
    variants: [
      [
        'and so does the connection',
        (r) => r.post(['Content-Length: 30'], 'abc'),
        { ...harmless({ body: null }), answers: [], hangsUp: true },
      ],
    ],
  },
  {
    title: 'an Expect or Upgrade that opens a side door',
    variants: [
      [
        'Expect: 100-continue',
        (r) => r.post(['Expect: 100-continue', 'Content-Length: 3'], 'abc'),
        harmless({ body: 'abc' }),
      ],
      [
        'Upgrade: h2c',
        (r) => r.get(['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
        harmless({ fields: { upgrade: undefined } }),
      ],
      [
        'Upgrade: h2c, without a token',
        (r) =>
          r.with().get(['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
        worker('token_missing'),
      ],
      [
        'Upgrade: websocket, without a token',
        (r) =>
          r
            .with()
            .get([
              'Connection: Upgrade',
              'Upgrade: websocket',
              'Sec-WebSocket-Version: 13',
              'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
            ]),
        worker('token_missing'),
      ],
    ],
  },
];

/** @type {Row[]} */
const FIELDS = [
  {
    title: 'one field on two lines',
    variants: [
      ['the second is an identity', (r) => r.get(['X-A: b', ` ${EXTRA}`]), runtime(400)],
      ['the second is the token', (r) => r.with().get(['X-Session-ID:', ` ${r.token}`]), runtime(400)],
      ['the first line of all', (r) => r.raw(`GET ${r.path} HTTP/1.1`, [` ${EXTRA}`, ...r.usual()]), runtime(400)],
    ],
  },
  {
    title: 'a line end that only some see',
    variants: [
      ['a bare carriage return', (r) => r.get([`X-A: b\r${EXTRA}`]), runtime(400)],
      ['a NUL', (r) => r.get([`X-A: b\0${EXTRA}`]), runtime(400)],
      [
        'bare line feeds, which the runtime takes for line ends too',
        (r) => r.get([`X-A: b\n${EXTRA}`]),
        harmless({ fields: { 'x-a': 'b' } }),
      ],
      ['a line separator of Unicode', (r) => r.get([`X-A: b\xe2\x80\xa8${EXTRA}`]), harmless({})],
      ['in the target', (r) => r.raw(`GET ${r.path}\r\n${EXTRA} HTTP/1.1`, r.usual()), runtime(400)],
      ['encoded in the path', (r) => r.on('/a%0d%0aX-Verified-User:%20intruder').get(), worker('path_ambiguous')],
      [
        'encoded in the query',
        (r) => r.raw(`GET ${r.path}?%0d%0aX-Verified-User:%20intruder HTTP/1.1`, r.usual()),
        harmless({ url: (r) => `${r.path}?%0d%0aX-Verified-User:%20intruder` }),
      ],
    ],
  },
  {
    title: 'a field’s name that is almost one',
    variants: [
      ...[
        'X-Verified-User : intruder',
        'X-Verified-User\t: intruder',
        'X-Verified-User',
        ': intruder',
        'X-Verified-Us\xe9r: intruder',
        'X Verified-User: intruder',
        '(X-Verified-User): intruder',
        '"X-Verified-User": intruder',
        'X-Verified-User\0: intruder',
      ].map(/** @returns {Variant} */ (field) => [JSON.stringify(field), (r) => r.get([field]), runtime(400)]),
      ...[
        'X_Verified_User',
        'x_verified-user',
        'X-VERIFIED-USER',
        'X.Verified.User',
        'X~Verified!User',
        'X|Verified^User',
        "X`Verified'User",
        'X+Verified*User',
        'X-Verified_Tenant',
        'X_SESSION_ID',
        'X.Session.ID',
      ].map(/** @returns {Variant} */ (name) => [name, (r) => r.get([`${name}: intruder`]), harmless()]),
      [
        'on a public route',
        (r) => r.on('/open').get(['X_Verified_User: intruder', EXTRA]),
        harmless({ identity: false }),
      ],
    ],
  },
  {
    title: 'a Connection list that names fields of ours',
    variants: [
      ['the identity', (r) => r.get(['Connection: X-Verified-User, X-Verified-Tenant', EXTRA]), harmless()],
      ['the identity with _', (r) => r.get(['Connection: X_Verified_User', 'X_Verified_User: intruder']), harmless()],
      ['the token', (r) => r.get(['Connection: X-Session-ID']), harmless()],
      [
        'the framing',
        (r) => r.post(['Connection: Content-Length, Transfer-Encoding', 'Content-Length: 3'], 'abc'),
        harmless({ body: 'abc', fields: { 'content-length': '3' } }),
      ],
      ['the host', (r) => r.get(['Connection: Host']), harmless()],
      [
        'a thousand names',
        (r) => r.get([`Connection: ${lines(1000, (index) => `X-${index}`)}`, 'X-7: kept']),
        harmless({ fields: { 'x-7': 'kept' } }),
      ],
    ],
  },
  {
    title: 'a credential that is sent twice',
    variants: [
      ['in two fields', (r) => r.get([`X-Session-ID: ${r.token}`]), worker('credential_ambiguous')],
      [
        'in two fields, the first empty',
        (r) => r.with().get(['X-Session-ID:', `X-Session-ID: ${r.token}`]),
        worker('credential_ambiguous'),
      ],
      ['in one field', (r) => r.with(`${'a.b.c'}, a.b.c`).get(), worker('credential_ambiguous')],
      ['beside another provider’s', (r) => r.get(['Authorization: Bearer a.b.c']), worker('credential_ambiguous')],
      ['beside another scheme', (r) => r.get(['Authorization: Basic YTpi']), worker('credential_ambiguous')],
      [
        'beside an alias of its field',
        (r) => r.get(['X_Session_ID: a.b.c', 'X_Login: a.b.c']),
        harmless({ fields: { x_session_id: undefined, x_login: undefined } }),
      ],
      ['only under an alias of its field', (r) => r.with().get([`X_Session_ID: ${r.token}`]), worker('token_missing')],
      [
        'only in the query or a cookie',
        (r) =>
          r.raw(`GET ${r.path}?access_token=${r.token} HTTP/1.1`, [
            ...r.with().usual(),
            `Cookie: access_token=${r.token}`,
          ]),
        worker('token_missing'),
      ],
    ],
  },
  {
    title: 'white space and quotes around a credential',
    variants: [
      ['around the value, where it means nothing', (r) => r.with(`  ${r.token}\t `).get(), harmless()],
      ['within the token', (r) => r.with(r.token.replace('.', '. ')).get(), worker('credential_malformed')],
      ['quotes', (r) => r.with(`"${r.token}"`).get(), worker('token_malformed')],
      ['a form feed', (r) => r.with(`${r.token}\x0c`).get(), worker('credential_malformed')],
      ['a space of Unicode', (r) => r.with(`${r.token}\xc2\xa0`).get(), worker('credential_malformed')],
      ['a scheme where none belongs', (r) => r.with(`Bearer ${r.token}`).get(), worker('credential_malformed')],
    ],
  },
];

/** @type {Row[]} */
const TARGETS = [
  {
    title: 'a target in absolute form',
    variants: [
      ...[
        'http://intruder.example',
        'https://intruder.example:444',
        'http://user:pass@intruder.example',
        'HTTP://127.0.0.1:1',
        'ftp://intruder.example',
      ].map(
        /** @returns {Variant} */ (origin) => [
          origin,
          (r) => r.raw(`GET ${origin}${r.path} HTTP/1.1`, r.usual()),
          harmless(),
        ],
      ),
      [
        'without a token',
        (r) => r.raw(`GET http://intruder.example${r.path} HTTP/1.1`, r.with().usual()),
        worker('token_missing'),
      ],
      [
        'with a rule’s path in its authority',
        (r) => r.raw(`GET http://x/open/..${r.path} HTTP/1.1`, r.with().usual()),
        worker('path_ambiguous'),
      ],
      [
        'below the controls of the backend’s host',
        (r) => r.raw(`GET http://127.0.0.1/admin HTTP/1.1`, r.usual()),
        worker('permission_denied'),
      ],
    ],
  },
  {
    title: 'a target that begins with //',
    variants: [
      '//intruder.example/a',
      '///a',
      '//',
      '/\\a',
      '/\\intruder.example/a',
      '\\\\a',
      '/.//a',
      '/%2fa',
      '/%5ca',
      '/;/a',
    ].map(
      /** @returns {Variant} */ (target) => [
        target,
        (r) => r.raw(`GET ${target} HTTP/1.1`, r.usual()),
        target.startsWith('\\') ? runtime(400) : worker('path_ambiguous'),
      ],
    ),
  },
  {
    title: 'a target that is no path',
    variants: [
      ['*', (r) => r.raw('OPTIONS * HTTP/1.1', r.usual()), worker('path_ambiguous')],
      ['* with GET', (r) => r.raw('GET * HTTP/1.1', r.usual()), worker('path_ambiguous')],
      ['a host, without a token', (r) => r.raw('GET open HTTP/1.1', r.with().usual()), worker('token_missing')],
      ['a host, which is /', (r) => r.raw('GET open HTTP/1.1', r.usual()), harmless({ url: '/' })],
      ['a script, which is /', (r) => r.raw('GET javascript:alert(1) HTTP/1.1', r.usual()), harmless({ url: '/' })],
      ['a query', (r) => r.raw('GET ?x HTTP/1.1', r.usual()), runtime(400)],
      ['nothing', (r) => r.raw('GET  HTTP/1.1', r.usual()), runtime(400)],
      ['two', (r) => r.raw(`GET /open ${r.path} HTTP/1.1`, r.usual()), runtime(400)],
      ['control characters', (r) => r.raw('GET /open\x01 HTTP/1.1', r.usual()), runtime(400)],
      ['bytes that are not ASCII', (r) => r.raw('GET /caf\xc3\xa9 HTTP/1.1', r.usual()), worker('path_ambiguous')],
      ['a fragment, which is no part of it', (r) => r.raw(`GET ${r.path}#/../open/x HTTP/1.1`, r.usual()), harmless()],
      [
        'a fragment, without a token',
        (r) => r.raw(`GET ${r.path}#/../open/x HTTP/1.1`, r.with().usual()),
        worker('token_missing'),
      ],
    ],
  },
  {
    title: 'a Host that is none, several or more than a host',
    variants: [
      ['none', (r) => r.raw(`GET ${r.path} HTTP/1.1`, r.usual({ host: [] })), runtime(400)],
      ['an empty one', (r) => r.get([], '', { host: ['Host:'] }), runtime(400)],
      ['bytes that are not ASCII', (r) => r.get([], '', { host: ['Host: \xe9'] }), runtime(400)],
      ['two', (r) => r.get([], '', { host: [`Host: ${r.host}`, 'Host: intruder.example'] }), worker('path_ambiguous')],
      ...[
        'a@intruder.example',
        'intruder.example:99999',
        'intruder.example:x',
        'intruder example',
        'a\\b',
        'a%2fb',
        'a,b',
        '[::1',
        'a:1:2',
      ].map(
        /** @returns {Variant} */ (host) => [
          host,
          (r) => r.get([], '', { host: [`Host: ${host}`] }),
          worker('path_ambiguous'),
        ],
      ),
      ['with a query', (r) => r.get([], '', { host: ['Host: intruder.example?'] }), worker('path_ambiguous')],
      ['with a fragment', (r) => r.get([], '', { host: ['Host: intruder.example#'] }), worker('path_ambiguous')],
      [
        'with a public path, without a token',
        (r) => r.with().get([], '', { host: ['Host: intruder.example/open/..'] }),
        worker('path_ambiguous'),
      ],
      [
        'with the path of a rule',
        (r) => r.get([], '', { host: ['Host: intruder.example/admin'] }),
        worker('permission_denied'),
      ],
      ['longer than any host', (r) => r.get([], '', { host: [`Host: ${LONG}`] }), worker('path_ambiguous')],
    ],
  },
  {
    title: 'a Host of somebody else’s',
    variants: [
      ...['intruder.example', 'intruder.example:8443', 'localhost', '169.254.169.254', '[::1]:80'].map(
        /** @returns {Variant} */ (host) => [host, (r) => r.get([], '', { host: [`Host: ${host}`] }), harmless()],
      ),
    ],
  },
  {
    title: 'a method that is none, or that shows what was sent',
    variants: [
      [
        'CONNECT',
        (r) => r.raw('CONNECT intruder.example:443 HTTP/1.1', r.usual()),
        { ...runtime(500), noise: /connect\(\)/ },
      ],
      [
        'CONNECT with a path',
        (r) => r.raw(`CONNECT ${r.path} HTTP/1.1`, r.usual()),
        { ...runtime(500), noise: /connect\(\)/ },
      ],
      ['TRACE', (r) => r.raw(`TRACE ${r.path} HTTP/1.1`, r.usual()), worker('method_not_allowed')],
      [
        'TRACE on a public route',
        (r) => r.raw('TRACE /open/x HTTP/1.1', r.with().usual()),
        worker('method_not_allowed'),
      ],
      ...['get', 'GeT', 'TRACK', 'DEBUG', 'FOO', 'G\xcbT', LONG].map(
        /** @returns {Variant} */ (method) => [
          method.slice(0, 8),
          (r) => r.raw(`${method} ${r.path} HTTP/1.1`, r.usual()),
          method === 'G\xcbT' ? runtime(400) : runtime(501),
        ],
      ),
      ['a tab instead of a space', (r) => r.raw(`GET\t${r.path}\tHTTP/1.1`, r.usual()), runtime(400)],
    ],
  },
  {
    title: 'another version of HTTP',
    variants: [
      ...['HTTP/1.2', 'HTTP/2.0', 'HTTP/3.0', 'HTTP/0.9', 'HTTPS/1.1', 'http/1.1', 'HTTP/1.1x'].map(
        /** @returns {Variant} */ (version) => [version, (r) => r.get([], '', { version }), runtime(400)],
      ),
      ['HTTP/0.9, without a version', (r) => `GET ${r.path}\r\n\r\n`, runtime(400)],
      ['HTTP/1.0', (r) => r.get([], '', { version: 'HTTP/1.0' }), harmless()],
      ['HTTP/1.0 without a token', (r) => r.with().get([], '', { version: 'HTTP/1.0' }), worker('token_missing')],
      ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', DROPPED],
      ['the start of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', runtime(400)],
      ['no HTTP at all', () => '{"hello":"world"}\r\n\r\n', runtime(400)],
    ],
  },
];

/** @type {Row[]} */
const SIZES = [
  {
    title: 'a very long URL',
    variants: [
      ['a path', (r) => r.raw(`GET ${r.path}/${LONG} HTTP/1.1`, r.usual()), runtime(414)],
      ['a query', (r) => r.raw(`GET ${r.path}?${LONG} HTTP/1.1`, r.usual()), runtime(414)],
      ['a path as long as Cloudflare takes', (r) => r.on(`/${'a'.repeat(16_000)}`).get(), harmless()],
      ['thousands of segments', (r) => r.on('/a'.repeat(8000)).get(), harmless()],
      ['thousands of encodings', (r) => r.on(`/${'%61'.repeat(5000)}`).get(), harmless()],
      ['thousands of dots', (r) => r.on('/..'.repeat(5000)).get(), worker('path_ambiguous')],
      ['thousands of empty segments', (r) => r.on('/'.repeat(16_000)).get(), worker('path_ambiguous')],
    ],
  },
  {
    title: 'a very long field',
    variants: [
      ['100 kB', (r) => r.get([`X-A: ${LONG}`]), harmless({ fields: { 'x-a': LONG } })],
      ['a megabyte', (r) => r.get([`X-A: ${LONG.repeat(10)}`]), runtime(431)],
      ['a name of 100 kB', (r) => r.get([`${LONG}: a`]), runtime(431)],
      ['a name of 60 kB that is an identity’s', (r) => r.get([`X-Verified-${'a'.repeat(60_000)}: a`]), harmless()],
    ],
  },
  {
    title: 'very many fields',
    variants: [
      ['a thousand', (r) => r.get(lines(1000, (index) => `X-${index}: a`)), worker('headers_too_many')],
      ['a hundred', (r) => r.get(lines(100, (index) => `X-${index}: a`)), harmless({ fields: { 'x-99': 'a' } })],
      [
        'a thousand of one name',
        (r) => r.get(lines(1000, () => 'X-A: a')),
        harmless({ fields: { 'x-a': lines(1000, () => 'a').join(', ') } }),
      ],
      [
        'a thousand identities',
        (r) => r.get(lines(1000, (index) => `X-Verified-${index}: a`)),
        worker('headers_too_many'),
      ],
      ['a hundred identities', (r) => r.get(lines(100, (index) => `X-Verified-${index}: a`)), harmless()],
      [
        'a thousand credentials',
        (r) => r.get(lines(1000, () => 'X-Session-ID: a.b.c')),
        worker('credential_ambiguous'),
      ],
      ['a hundred thousand', (r) => r.get(lines(100_000, (index) => `X-${index}: a`)), runtime(431)],
    ],
  },
  {
    title: 'a very long token',
    variants: [
      ['a byte too long', (r) => r.with('a'.repeat(16_385)).get(), worker('token_too_large')],
      ['100 kB', (r) => r.with(LONG).get(), worker('token_too_large')],
      ['100 kB of dots', (r) => r.with('.'.repeat(100_000)).get(), worker('token_too_large')],
      ['100 kB of commas', (r) => r.with(','.repeat(100_000)).get(), worker('token_too_large')],
      [
        '100 kB of spaces before it',
        (r) => r.with().get([`Authorization: Bearer${' '.repeat(100_000)}a.b.c`]),
        worker('token_too_large'),
      ],
      ['a scheme of 100 kB', (r) => r.with().get([`Authorization: ${LONG} a.b.c`]), worker('token_too_large')],
      ['a megabyte', (r) => r.with(LONG.repeat(10)).get(), runtime(431)],
      ['16 KiB of dots', (r) => r.with('.'.repeat(16_384)).get(), worker('token_malformed')],
    ],
  },
];

/** Every such attack. */
export const REQUESTS = [...FRAMING, ...FIELDS, ...TARGETS, ...SIZES];
