// Every difference between a request that is sent directly and one that is sent through the worker. The list is
// the source of docs/fidelity.md.

/**
 * Each is `{ by, what, why, change(seen, direct, way) }`. `change` turns what was seen directly into what must
 * be seen through the worker; `direct` stays unchanged. `by` says who makes the difference: "drawbridge"; or
 * "runtime", if a worker that only passes requests on shows it as well. The order counts: refusals replace
 * everything. If the comparison itself must overlook a difference, `shows(direct, actual)` says whether it is
 * there. If no single request can show a difference, `test` names the file that does.
 *
 * @type {{
 *   by: 'drawbridge' | 'runtime',
 *   what: string,
 *   why: string,
 *   change: (seen: any, direct: any, way: any) => void,
 *   shows?: (direct: any, actual: any) => boolean,
 *   test?: string,
 * }[]}
 */
export const DIFFERENCES = [
  {
    by: 'drawbridge',
    what:
      'On a session route, the credential of a configured provider is removed, except with `forward_token`. On a ' +
      'public route, it stays.',
    why: 'A backend that does not need it cannot leak it.',
    change: ({ requests }, _direct, { identity }) =>
      identity.length > 0 && requests.forEach((request) => remove(request, 'x-session-id')),
  },
  {
    by: 'drawbridge',
    what: '`X-Verified-*` of the caller is removed, in any case and with any separator.',
    why: 'Only Drawbridge may say who calls.',
    change: ({ requests }) =>
      requests.forEach(
        (request) => (request.fields = request.fields.filter(([name]) => !/^x[^a-z]verified[^a-z]/i.test(name))),
      ),
  },
  {
    by: 'drawbridge',
    what:
      'Fields that describe another request than the one that was judged are removed, in any case and with any ' +
      'separator: `Forwarded`, `X-Forwarded-Host`, `X-Forwarded-Proto`, `X-Forwarded-Prefix`, `X-Original-URL`, ' +
      '`X-Rewrite-URL`, `X-HTTP-Method-Override`, `X-Middleware-*` and others (the list is in ' +
      '`src/upstream/removed.rs`). `X-Forwarded-For` stays.',
    why: 'The backend must see the method, the path and the host that the rules have seen.',
    change: ({ requests }) => requests.forEach((request) => remove(request, 'forwarded', 'x-forwarded-proto')),
  },
  {
    by: 'drawbridge',
    what:
      '`X-Forwarded-Host` and `X-Forwarded-Proto` are added: those of the `public_url` whose host was asked, else of ' +
      'the first one, else of the request. With `cache = "default"` always those of the first one; with ' +
      '`access_token_of` none.',
    why: '`Host` is the backend’s, and a backend makes absolute URLs from these fields.',
    change: ({ requests }, direct, { cached }) =>
      requests.forEach((request) => {
        const [, host] = direct.requests[0].fields.find(([name]) => name === 'Host');
        set(request, 'x-forwarded-host', cached ? 'api.example.com' : host);
        set(request, 'x-forwarded-proto', cached ? 'https' : 'http');
      }),
  },
  {
    by: 'drawbridge',
    what:
      'A field that is sent several times reaches the backend as one line, joined with `, `; `Set-Cookie` too. ' +
      '`Cookie` is joined in the same way, as the runtime joins it. Lines with bytes that are not UTF-8 may stay ' +
      'several.',
    why:
      'It means the same (RFC 9110, section 5.3), except for `Cookie`, of which browsers send one line. A server ' +
      'that keeps a limited number of lines must not lose those that Drawbridge adds.',
    change: ({ requests }) => requests.forEach((request) => joinLines(request, () => true)),
  },
  {
    by: 'drawbridge',
    what: 'The verified identity is added: `x-verified-*`.',
    why: 'It tells the backend who calls.',
    change: ({ requests }, _direct, { identity }) =>
      requests.forEach((request) => request.fields.push(...structuredClone(identity))),
  },
  {
    by: 'drawbridge',
    what: '`Proxy-Authenticate`, `Proxy-Authorization` and `Proxy-Connection` of the caller are removed.',
    why: 'They are for the next proxy, which is Drawbridge (RFC 9110, section 11.7).',
    change: ({ requests }) =>
      requests.forEach((request) => remove(request, 'proxy-authenticate', 'proxy-authorization', 'proxy-connection')),
  },
  {
    by: 'drawbridge',
    what: 'An empty body of GET or HEAD is dropped, and with it `Content-Length: 0` or `Transfer-Encoding`.',
    why: 'The runtime’s `fetch` cannot send GET or HEAD with a body, not even an empty one.',
    change: ({ requests }) =>
      requests
        .filter(isGet)
        .filter(hasEmptyBody)
        .forEach((request) => {
          remove(request, 'content-length', 'transfer-encoding');
          request.framing = 'none';
        }),
  },
  {
    by: 'drawbridge',
    what: 'With `[cors]`: `Access-Control-*` of an answer is replaced, and `Vary` names `Origin`.',
    why: 'The configuration then has the rules for other origins.',
    change: ({ answers }, direct, { cors }) => {
      const origin = direct.requests[0].fields.filter(([name, value]) => name === 'Origin' && value === cors);
      for (const answer of cors ? answers.filter(isFinal) : []) {
        answer.fields = answer.fields.filter(([name]) => !/^access-control-/i.test(name));
        answer.fields.push(['Vary', 'Origin'], ...origin.map(([, value]) => ['Access-Control-Allow-Origin', value]));
      }
    },
  },
  {
    by: 'drawbridge',
    what:
      'An answer whose status is 600 or higher, or 101 if no WebSocket was asked for, becomes 502 ' +
      '`upstream_unreachable`.',
    why: 'HTTP has no such answer (RFC 9110, section 15), and the runtime cannot make a response with it.',
    change: (seen, direct, { cors }) => {
      const asked = direct.requests.some((request) => has(request, 'Upgrade'));
      if (seen.answers.some(({ start }) => /^HTTP\/1\.1 [6-9]/.test(start) || (!asked && / 101 /.test(start))))
        seen.answers = [{ status: 502, code: 'upstream_unreachable', ...(cors && { vary: 'Origin' }) }];
    },
  },
  {
    by: 'drawbridge',
    what: 'TRACE is refused: 405 `method_not_allowed`.',
    why: 'The answer would show the caller what was sent to the backend.',
    change: (seen, direct, { cors }) => {
      if (!direct.requests[0].start.startsWith('TRACE ')) return;
      seen.requests = [];
      seen.answers = [{ status: 405, code: 'method_not_allowed', ...(cors && { vary: 'Origin' }) }];
    },
  },
  {
    by: 'runtime',
    what: '`Host` is the backend’s.',
    why: '`fetch` takes it from the URL.',
    change: ({ requests }, _direct, { backend }) =>
      requests.forEach((request) => set(request, 'Host', new URL(backend).host)),
  },
  {
    by: 'runtime',
    what: '`CF-Worker` names the worker’s zone; the caller’s own value is lost.',
    why: 'Cloudflare marks every subrequest in this way.',
    change: ({ requests }) => requests.forEach((request) => set(request, 'CF-Worker', 'drawbridge.example.com')),
  },
  {
    by: 'runtime',
    what: '`CF-Connecting-IP` of the caller is removed.',
    why: 'Only Cloudflare may set it; on its network the backend gets Cloudflare’s value.',
    change: ({ requests }) => requests.forEach((request) => remove(request, 'cf-connecting-ip')),
  },
  {
    by: 'runtime',
    what:
      '`Cache-Control: no-cache` and `Pragma: no-cache` are added, each if the caller sent none. With `cache = ' +
      '"default"`, they are added only to a request with a credential.',
    why: '`cache = "no-store"` is a `fetch` with `cache: "no-store"`, which adds them (Fetch Standard, section 4.6).',
    change: ({ requests }, _direct, { cached }) => {
      for (const request of requests.filter((request) => !cached || isPersonal(request))) {
        for (const name of ['Cache-Control', 'Pragma']) if (!has(request, name)) set(request, name, 'no-cache');
      }
    },
  },
  {
    by: 'runtime',
    what: 'A request without a body has `Content-Length: 0`, except GET and HEAD.',
    why: 'RFC 9110, section 8.6, recommends it.',
    change: ({ requests }) =>
      requests
        .filter((request) => request.framing === 'none' && !isGet(request))
        .forEach((request) => {
          set(request, 'Content-Length', '0');
          request.framing = 0;
        }),
  },
  {
    by: 'runtime',
    what:
      '`Connection`, `Keep-Alive`, `TE`, `Trailer` and `Upgrade` are removed on both sides; the fields that ' +
      '`Connection` names stay. A WebSocket’s handshake has its own.',
    why: 'They belong to one connection (RFC 9110, section 7.6.1), and there are two.',
    change: ({ requests, answers }) => {
      const heads = [...requests, ...answers.filter(isFinal)].filter((head) => !isWebSocket(head));
      for (const head of heads) remove(head, 'connection', 'keep-alive', 'te', 'trailer', 'upgrade');
    },
  },
  {
    by: 'runtime',
    what:
      'Chunks have other sizes, `Transfer-Encoding` is `chunked` in lower case, and trailers are dropped, on both ' +
      'sides.',
    why: '`fetch` does not support trailers.',
    change: ({ requests, answers }) =>
      [...requests, ...answers]
        .filter((head) => head.framing === 'chunked')
        .forEach((head) => {
          set(head, 'Transfer-Encoding', 'chunked');
          delete head.body?.trailers;
        }),
  },
  {
    by: 'runtime',
    what: 'An answer that ends with its connection is sent in chunks.',
    why: 'The caller’s connection stays open.',
    change: ({ answers }) =>
      answers
        .filter((answer) => answer.framing === 'close')
        .forEach((answer) => {
          set(answer, 'Transfer-Encoding', 'chunked');
          answer.framing = 'chunked';
        }),
  },
  {
    by: 'runtime',
    what: '304 has no `Content-Length`.',
    why: 'The runtime takes it for the length of a body, and 304 has no body.',
    change: ({ answers }) =>
      answers.filter(({ start }) => start?.includes(' 304 ')).forEach((answer) => remove(answer, 'content-length')),
  },
  {
    by: 'runtime',
    what: 'An answer to HEAD has no `Transfer-Encoding`.',
    why: 'There is no body.',
    change: ({ requests: [request], answers }) =>
      request?.start.startsWith('HEAD ') && answers.forEach((answer) => remove(answer, 'transfer-encoding')),
  },
  {
    by: 'runtime',
    what: '103 Early Hints, and every other interim answer of the backend, is dropped.',
    why: '`fetch` has one answer. If the zone has Early Hints switched on, Cloudflare makes its own from `Link`.',
    change: (seen) => (seen.answers = seen.answers.filter((answer) => !isInterim(answer))),
  },
  {
    by: 'runtime',
    what: '`Expect: 100-continue` is answered with 100 at once, and is forwarded with the body.',
    why: 'The runtime does not wait for the backend’s opinion.',
    change: (seen, direct) => {
      if (direct.requests.some((request) => has(request, 'Expect')))
        seen.answers.unshift({ start: 'HTTP/1.1 100 Continue', fields: [], framing: 'none' });
    },
  },
  {
    by: 'runtime',
    what: 'HTTP/1.0 becomes HTTP/1.1, and back.',
    why: 'Each of the two connections has its own version.',
    change: ({ requests, answers }, direct) => {
      if (!direct.requests[0].start.endsWith('/1.0')) return;
      for (const request of requests) request.start = request.start.replace(/1\.0$/, '1.1');
      for (const answer of answers) answer.start = answer.start.replace('1.1', '1.0');
    },
  },
  {
    by: 'runtime',
    what: 'Only the path and the query of an absolute URL in the request line are forwarded.',
    why: 'It means the same (RFC 9112, section 3.2).',
    change: ({ requests }) =>
      requests.forEach((request) => (request.start = request.start.replace(/ http:\/\/[^/]*/, ' '))),
  },
  {
    by: 'runtime',
    what: 'A fragment (`#…`) in the request line is cut off.',
    why: 'It is not part of a request.',
    change: ({ requests }) => requests.forEach((request) => (request.start = request.start.replace(/#[^ ]*/, ''))),
  },
  {
    by: 'runtime',
    what: "`'` in the query is forwarded as `%27`.",
    why: 'The URL Standard writes it in this way.',
    change: ({ requests }) =>
      requests.forEach((request) => (request.start = inQuery(request.start, (query) => query.replaceAll("'", '%27')))),
  },
  {
    by: 'runtime',
    what: 'UTF-8 in the query is percent-encoded.',
    why: 'The URL Standard writes it in this way; HTTP does not allow it unencoded.',
    change: ({ requests }) => requests.forEach((request) => (request.start = inQuery(request.start, encodeHighBytes))),
  },
  {
    by: 'runtime',
    what:
      'A field that is sent several times keeps its lines, and all lines get the spelling of the first. If the ' +
      'runtime knows the field by name (`Accept`, `Cookie`, `Link`, `Vary`, `Via`, `WWW-Authenticate` …), the ' +
      'lines become one, joined with `, `. `Set-Cookie` keeps its lines.',
    why: 'It means the same (RFC 9110, section 5.3), except for `Cookie`, of which browsers send one line.',
    change: ({ requests, answers }) =>
      [...requests, ...answers].filter(({ fields }) => fields).forEach((head) => joinLines(head)),
  },
  {
    by: 'runtime',
    what:
      'Names that the runtime knows are written in its own case: `Accept-Encoding` for `accept-encoding`. All ' +
      'other names keep their case.',
    why: 'Case has no meaning there (RFC 9110, section 5.1).',
    change: ({ requests, answers }) =>
      [...requests, ...answers]
        .filter(({ fields }) => fields)
        .forEach(
          (head) => (head.fields = head.fields.map(([name, value]) => [KNOWN.get(name.toLowerCase()) ?? name, value])),
        ),
  },
  {
    by: 'runtime',
    what: 'Fields arrive in another order; lines of one name keep their order.',
    why: 'Order has no meaning between different names (RFC 9110, section 5.3).',
    change: ({ requests, answers }) =>
      [...requests, ...answers]
        .filter(({ fields }) => fields)
        .forEach((head) => (head.fields = inOneOrder(head.fields))),
    shows: (direct, actual) => {
      const [one, other] = [direct, actual].map(
        ({ requests: [request] }) => new Set(request?.fields.map(([name]) => name.toLowerCase())),
      );
      return [...one].filter((name) => other.has(name)).join() !== [...other].filter((name) => one.has(name)).join();
    },
  },
  {
    by: 'runtime',
    what: 'A WebSocket’s handshake has a key of its own.',
    why: 'It belongs to one connection; the caller gets the answer that belongs to its own key.',
    change: ({ requests }) =>
      requests
        .filter((request) => has(request, 'Sec-WebSocket-Key'))
        .forEach((request) => set(request, 'Sec-WebSocket-Key', ANOTHER_KEY)),
  },
  {
    by: 'runtime',
    what:
      'A WebSocket’s offer of `permessage-deflate` is written in another form; extensions that the runtime ' +
      'does not know are not offered.',
    why: 'The runtime takes part in the compression itself.',
    change: ({ requests }) =>
      requests.forEach((request) => {
        const offer = request.fields.findIndex(([name]) => name === 'Sec-WebSocket-Extensions');
        if (offer !== -1)
          request.fields[offer][1] = request.fields[offer][1]
            .replace(/^x-own, /, '')
            .replace(/client_max_window_bits$/, 'client_max_window_bits=15');
      }),
  },
  {
    by: 'runtime',
    what: 'GET or HEAD with a body is refused: 400 `body_not_allowed`.',
    why: 'The runtime’s `fetch` cannot send it.',
    change: (seen, direct, { drawbridge, cors }) => {
      const [request] = direct.requests;
      if (!isGet(request) || (drawbridge ? hasEmptyBody(request) : request.framing === 'none')) return;
      seen.requests = [];
      const code = request.start.startsWith('HEAD ') ? {} : { code: 'body_not_allowed' };
      seen.answers = [
        drawbridge
          ? { status: 400, ...code, ...(cors && { vary: 'Origin' }) }
          : { error: 'Request with a GET or HEAD method cannot have a body.' },
      ];
    },
  },
  {
    by: 'runtime',
    what:
      'A method that the runtime does not know is refused: 501. It knows, in capitals: GET, HEAD, POST, PUT, ' +
      'PATCH, DELETE, OPTIONS, TRACE, QUERY, PURGE, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK, ' +
      'SEARCH, ACL, REPORT, MKACTIVITY, CHECKOUT, MERGE, MSEARCH, NOTIFY, SUBSCRIBE, UNSUBSCRIBE.',
    why: 'Its HTTP parser has a list of them.',
    change: (seen, direct) =>
      !METHODS.has(direct.requests[0].start.split(' ')[0]) &&
      refuse(seen, '501 Not Implemented', 'ERROR: Unrecognized request method.'),
  },
  {
    by: 'runtime',
    what: 'A field whose name is no token, that is folded, or that has no colon is refused: 400.',
    why: 'Servers read such fields in different ways, and request smuggling uses that.',
    change: (seen, direct) =>
      direct.requests[0].fields.some(
        ([name, value]) => value === undefined || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name),
      ) && refuse(seen, '400 Bad Request', 'invalid HTTP header parsed'),
  },
  {
    by: 'runtime',
    what:
      '`"`, `<` and `>` in the query are refused: 400. (The rules for paths are stricter: see `path_ambiguous` ' +
      'in the README.)',
    why: 'They must be percent-encoded (RFC 3986, section 2).',
    change: (seen, direct) =>
      /\?.*["<>]/.test(direct.requests[0].start) && refuse(seen, '400 Bad Request', 'invalid URI'),
  },
  {
    by: 'runtime',
    what:
      'A GET, HEAD, OPTIONS, PUT or DELETE without a body arrives twice if a connection that was used before breaks ' +
      'before the answer. Both are the same byte for byte, with the same `jti` in an assertion. POST, PATCH and ' +
      'requests with a body arrive once, and the caller gets 502.',
    why:
      'These methods are idempotent (RFC 9110, section 9.2.2), and the runtime cannot know whether the backend has ' +
      'carried out the first one.',
    change: () => {},
    test: 'tests/workerd/forward/repeats.test.mjs',
  },
];

/** Stands for a key that is not the caller's. */
export const ANOTHER_KEY = 'another key';

/** Returns fields sorted by name. Lines of one name keep their order. */
export function inOneOrder(fields) {
  const keys = fields.map((pair, index) => [pair[0].toLowerCase(), index, pair]);
  return keys.sort(([a, i], [b, j]) => (a < b ? -1 : a > b ? 1 : i - j)).map(([, , pair]) => pair);
}

// The content of the list, as a set.
const METHODS = new Set(
  /in capitals: (.*)\.$/.exec(DIFFERENCES.find(({ what }) => what.startsWith('A method')).what)[1].split(', '),
);

// Names that the runtime knows and that a case spells in another way.
const KNOWN = new Map(
  ['Accept', 'Accept-Encoding', 'Content-Length', 'Content-Type', 'Referer', 'Server', 'Set-Cookie', 'Vary'].map(
    (name) => [name.toLowerCase(), name],
  ),
);

const JOINED = new Set(['accept', 'cookie', 'link', 'vary', 'via', 'www-authenticate']);

function joinLines(head, joins = (name) => JOINED.has(name)) {
  const first = new Map();
  head.fields = head.fields.flatMap(([name, value]) => {
    const key = name.toLowerCase();
    const known = first.get(key);
    if (known === undefined) {
      const pair = [name, value];
      first.set(key, pair);
      return [pair];
    }
    if (!joins(key)) return [[known[0], value]];
    known[1] += `, ${value}`;
    return [];
  });
}

function refuse(seen, status, text) {
  seen.requests = [];
  const fields = [
    ['Connection', 'close'],
    ['Content-Length', String(text.length)],
    ['Content-Type', 'text/plain'],
  ];
  seen.answers = [{ start: `HTTP/1.1 ${status}`, fields, framing: text.length, body: { text, whole: true } }];
}

const has = ({ fields }, name) => fields.some(([found]) => found.toLowerCase() === name.toLowerCase());

function set(head, name, value) {
  const found = head.fields.find((pair) => pair[0].toLowerCase() === name.toLowerCase());
  if (found) found[1] = value;
  else head.fields.push([name, value]);
}

function remove(head, ...names) {
  head.fields = head.fields.filter(([name]) => !names.includes(name.toLowerCase()));
}

const isPersonal = (request) => has(request, 'authorization') || has(request, 'cookie');
const isGet = ({ start }) => /^(GET|HEAD) /.test(start);
const hasEmptyBody = ({ framing, body }) => framing === 'none' || (body?.text === '' && body.whole);
const isInterim = ({ start }) => start !== undefined && / 1(?!01)\d\d /.test(start);
const isFinal = (answer) => answer.fields !== undefined && !isInterim(answer) && !isWebSocket(answer);
const isWebSocket = (head) => head.start.includes(' 101 ') || (has(head, 'Sec-WebSocket-Key') && has(head, 'Upgrade'));

function inQuery(start, change) {
  const [, before, query, after] = /^([^?]*)(\??.*?)( HTTP\/1\.\d)$/.exec(start);
  return before + change(query) + after;
}

const encodeHighBytes = (text) =>
  text.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
