// Sends requests to backends. The headers are copied here: each of them would have to cross twice if Rust
// did it.
import { ended } from 'wasm';
import { unreported } from './head.js';

/**
 * A backend, as Rust describes it.
 * @typedef {object} Upstream
 * @property {{ fetch: typeof fetch }} fetcher
 * @property {boolean} cacheable
 * @property {RegExp} removed Matches the names of fields that the backend does not get.
 * @property {string[]} fields The fields that the worker sets.
 * @property {[string, string] | null} secret A field, and the value that it always has.
 * @property {number} timeoutMillis
 * @property {boolean} takesAccessToken It is called with the app's own access token.
 */

/**
 * A request under way.
 * @typedef {object} Sent
 * @property {Request} request
 * @property {number} slot
 * @property {Upstream} upstream
 * @property {boolean} reports Whether Rust wants to know of the end, if the backend answers.
 * @property {string[]} values What Rust has written, see `values` in forward.rs.
 */

// Where the values lie that are not those of fields.
const URL = 0;
const KEPT = 1;
const FIELDS = 2;

// Stands for a value that there is not.
const ABSENT = '\t';

/** @type {Upstream[]} */
let upstreams = [];
/** @type {string[]} */
let credentialFields = [];
/** @type {string[]} */
let corsFields = [];
let serverTiming = false;
let nextSlot = 0;

/**
 * Takes what is the same for every request. `settings` is JSON, see `Settings` in forward.rs. Returns the
 * first slot that was not given by an instance of the WebAssembly before this one.
 * @param {Record<string, any>} env
 * @param {string} settings
 */
export function install(env, settings) {
  const given = JSON.parse(settings);
  upstreams = given.upstreams.map((/** @type {Record<string, any>} */ { binding, removed, ...rest }) => ({
    ...rest,
    removed: new RegExp(removed),
    fetcher: binding === null ? globalThis : env[binding],
  }));
  ({ credentialFields, corsFields, serverTiming } = given);
  return nextSlot;
}

/**
 * Sends the request on, body and all, and returns the backend's response as it is, but for CORS fields and
 * Server-Timing. If there is none, the answer is Rust's.
 * @param {Request} request
 * @param {number} slot
 * @param {number} index
 * @param {boolean} reports
 * @param {string} values
 * @returns {Promise<Response>}
 */
export function forward(request, slot, index, reports, values) {
  nextSlot = slot + 1;
  const { method, body } = request;
  const sent = { request, slot, upstream: upstreams[index], reports, values: values.split('\n') };
  return body !== null && (method === 'GET' || method === 'HEAD')
    ? isEmpty(body).then((empty) => (empty ? send(sent, null) : failed(sent, 'body', Date.now())))
    : send(sent, body);
}

/**
 * @param {Sent} sent
 * @param {ReadableStream | null} body
 * @returns {Promise<Response>}
 */
function send(sent, body) {
  const { request, upstream, values } = sent;
  const headers = headersFor(sent);
  const started = Date.now();
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, upstream.timeoutMillis)));
  const response = upstream.fetcher.fetch(values[URL], {
    method: request.method,
    headers,
    body,
    redirect: 'manual',
    cache: upstream.cacheable ? undefined : 'no-store',
  });
  // An AbortSignal instead would cost each request as much as parsing its token. The runtime ends what
  // is left of an exchange with the event it belongs to.
  return Promise.race([response, timeout]).then(
    (first) => {
      clearTimeout(timer);
      if (first !== undefined) return answered(sent, first, started);
      response.then(discard, () => {});
      return failed(sent, 'timeout', started);
    },
    () => {
      clearTimeout(timer);
      return failed(sent, 'unreachable', started);
    },
  );
}

/** @param {Sent} sent */
function headersFor({ request, upstream, values }) {
  const headers = new Headers(request.headers);
  const kept = values[KEPT] === '' ? [] : values[KEPT].split(' ').map((index) => credentialFields[Number(index)]);
  // The runtime hands out names with their values faster than names alone.
  for (const [name] of request.headers) {
    if (upstream.removed.test(name) && !kept.includes(name)) headers.delete(name);
  }
  // None of them is there any more, and `set` would look for it: it costs twice as much.
  append(headers, upstream.fields, values, FIELDS);
  if (upstream.secret !== null) headers.append(...upstream.secret);
  // JTL's API takes JSON under exactly that type.
  if (upstream.takesAccessToken && /^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')) {
    headers.set('content-type', 'application/json');
  }
  if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') headers.set('upgrade', 'websocket');
  return headers;
}

/**
 * Appends the fields whose values there are.
 * @param {Headers} headers
 * @param {string[]} names
 * @param {string[]} values
 * @param {number} first The place of the first name's value.
 */
function append(headers, names, values, first) {
  for (let i = 0; i < names.length; i += 1) {
    if (values[first + i] !== ABSENT) headers.append(names[i], values[first + i]);
  }
}

/**
 * @param {Sent} sent
 * @param {'body' | 'timeout' | 'unreachable'} reason
 * @param {number} started
 */
function failed({ slot }, reason, started) {
  return /** @type {Response} */ (ended(slot, 0, reason, millisSince(started)));
}

/**
 * @param {Sent} sent
 * @param {Response} response
 * @param {number} started
 */
function answered(sent, response, started) {
  const changed = corsFields.length > 0 || serverTiming;
  // HTTP has no such status, and the runtime makes no response with one.
  if (changed && response.status > 599) return failed(sent, 'unreachable', started);
  const millis = millisSince(started);
  if (sent.reports) ended(sent.slot, response.status, undefined, millis);
  else unreported.push(sent.slot);
  // The handshake of a WebSocket cannot be made anew, and neither concerns it.
  if (!changed || response.webSocket) return response;
  const headers = new Headers(response.headers);
  if (corsFields.length > 0) setCors(headers, sent);
  if (serverTiming) headers.append('server-timing', `upstream;dur=${millis}`);
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}

/**
 * Milliseconds since then. A clock that was set back makes none of them negative.
 * @param {number} started
 */
function millisSince(started) {
  return Math.max(0, Date.now() - started);
}

/**
 * Puts the worker's own rules for other origins in the place of the backend's.
 * @param {Headers} headers
 * @param {Sent} sent
 */
function setCors(headers, { upstream, values }) {
  for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name);
  const vary = headers.get('vary');
  append(headers, corsFields, values, FIELDS + upstream.fields.length);
  // The worker's own value is in the list, too: the backend's list may have it already.
  if (vary !== null && /(^|,)\s*(origin|\*)\s*(,|$)/i.test(vary)) headers.set('vary', vary);
}

/**
 * Whether a request can be sent a second time: it has no body, and its method may be repeated (RFC 9110,
 * section 9.2.2).
 * @param {Request} request
 */
export function isRepeatable({ method, body }) {
  return body === null && ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method);
}

/**
 * Frees the connection of a response whose body nobody will read.
 * @param {Response} response
 */
export function discard(response) {
  response.body?.cancel().catch(() => {});
}

/** @param {ReadableStream<Uint8Array>} body */
async function isEmpty(body) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return true;
    if (value.byteLength > 0) {
      await reader.cancel();
      return false;
    }
  }
}
