// Sends requests to backends. The headers are copied here. If Rust copied them, each header would cross the boundary
// between JavaScript and WebAssembly twice.
import { ended } from 'wasm';
import { append } from './fields.js';
import { unreported } from './head.js';

/**
 * A backend, as Rust describes it.
 * @typedef {object} Upstream
 * @property {{ fetch: typeof fetch }} fetcher
 * @property {boolean} cacheable
 * @property {RegExp} removed Matches the names of fields that the backend must not receive from a session.
 * @property {RegExp} removedIfPublic The same for a public route.
 * @property {string[]} fields The names of the fields that the worker sets.
 * @property {[string, string] | null} secret The name and the value of the field with the shared secret.
 * @property {number} timeoutMillis
 * @property {boolean} takesAccessToken Whether the backend is called with the app's own access token.
 */

/**
 * A request that is under way.
 * @typedef {object} Sent
 * @property {Request} request
 * @property {number} slot
 * @property {Upstream} upstream
 * @property {boolean} reports Whether JavaScript reports the end to Rust at once if the backend answers.
 * @property {string[]} values The values from Rust, see `values` in forward.rs.
 */

// The indices in `values`: the URL, what is left of the credentials, and the first field.
const URL = 0;
const KEPT = 1;
const FIELDS = 2;

// What stands for the kept credential of a public route, as in forward.rs.
const PUBLIC = 'public';

/** @type {Upstream[]} */
let upstreams = [];
/** @type {string[]} */
let credentialFields = [];
/** Matches the names of fields with which a caller names another method. */
let overrides = /^$/;
let maxFieldNames = 0;
/** Matches the names of fields that make an answer one caller's own. */
let personal = /^$/;
/** @type {string[]} */
let corsFields = [];
let serverTiming = false;
let nextSlot = 0;

/**
 * Stores the settings that are the same for every request. `settings` is JSON, see `Settings` in forward.rs.
 * Returns the first slot that no earlier WebAssembly instance has used.
 * @param {Record<string, any>} env
 * @param {string} settings
 */
export function install(env, settings) {
  const given = JSON.parse(settings);
  upstreams = given.upstreams.map((/** @type {Record<string, any>} */ { binding, ...rest }) => ({
    ...rest,
    removed: new RegExp(rest.removed),
    removedIfPublic: new RegExp(rest.removedIfPublic),
    fetcher: binding === null ? globalThis : env[binding],
  }));
  ({ credentialFields, corsFields, maxFieldNames, serverTiming } = given);
  overrides = new RegExp(given.overrides);
  personal = new RegExp(given.personal);
  return nextSlot;
}

/**
 * Forwards the request with its body, and returns the backend's response. Only the CORS fields and Server-Timing
 * may differ from the backend's. If the backend fails, Rust makes the response.
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
 * Sends the request with that body, and waits for the response until the backend's time limit.
 * @param {Sent} sent
 * @param {ReadableStream | null} body
 * @returns {Promise<Response>}
 */
function send(sent, body) {
  const { request, upstream, values } = sent;
  const headers = headersFor(sent);
  const started = Date.now();
  // Rust, which has called this function, is not called back before it has returned.
  if (typeof headers === 'string') return Promise.resolve().then(() => failed(sent, headers, started));
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, upstream.timeoutMillis)));
  const response = upstream.fetcher.fetch(values[URL], {
    method: request.method,
    headers,
    body,
    redirect: 'manual',
    cache: upstream.cacheable && !isPersonal(request) ? undefined : 'no-store',
  });
  // A race with a timer replaces an AbortSignal, which would cost each request as much as parsing its token. The
  // runtime ends an unfinished exchange together with its event.
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

/**
 * Returns the header fields of the request to the backend, or the reason for which the request is not sent. The core
 * has the same rules, see `Forward::check_fields` in upstream/sent_fields.rs.
 * @param {Sent} sent
 * @returns {Headers | 'headers' | 'method'}
 */
function headersFor({ request, upstream, values }) {
  const headers = new Headers(request.headers);
  const isPublic = values[KEPT] === PUBLIC;
  const removed = isPublic ? upstream.removedIfPublic : upstream.removed;
  const kept = isPublic || values[KEPT] === '' ? undefined : credentialFields[Number(values[KEPT])];
  let names = 0;
  let previous = '';
  let lines = 0;
  let namesAnotherMethod = false;
  let repeatsCookie = false;
  for (const [name, value] of request.headers) {
    // The runtime returns each name once, in order, with the joined values of its lines; only `set-cookie` comes once
    // for each line.
    const isNew = name !== previous;
    if (isNew && (names += 1) > maxFieldNames) return 'headers';
    previous = name;
    if (removed.test(name) && name !== kept) {
      if (!isPublic && overrides.test(name) && isAnother(value, request.method)) namesAnotherMethod = true;
      headers.delete(name);
    } else if (!isNew) {
      repeatsCookie = true;
    } else if (value.includes(', ')) {
      // Several lines leave as one (RFC 9110, section 5.3): a backend that keeps a limited number of lines would drop
      // those that follow. Bytes that are not UTF-8 show as U+FFFD here and would be lost, so the few lines that can
      // hold them stay as they are.
      if (value.includes('\ufffd') && (lines += value.split(', ').length) <= maxFieldNames) continue;
      headers.set(name, value);
    }
  }
  if (namesAnotherMethod) return 'method';
  if (repeatsCookie) headers.set('set-cookie', request.headers.get('set-cookie') ?? '');
  // All of these fields were removed above, so `append` is enough. `set` would look for each field first, which
  // costs twice as much.
  append(headers, upstream.fields, values, FIELDS);
  if (upstream.secret !== null) headers.append(...upstream.secret);
  // JTL's API accepts JSON only with exactly this content type.
  if (upstream.takesAccessToken && /^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')) {
    headers.set('content-type', 'application/json');
  }
  if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') headers.set('upgrade', 'websocket');
  return headers;
}

/**
 * Returns whether a field's value names another method. Methods are compared without regard to the case of ASCII.
 * @param {string} value
 * @param {string} method
 */
function isAnother(value, method) {
  const named = value.replace(/^[ \t]+|[ \t]+$/g, '');
  // The case of other characters does not count: `ſ` is no `S`.
  return named !== '' && (/[^\0-\x7f]/.test(named) || named.toLowerCase() !== method.toLowerCase());
}

/**
 * Returns whether a request carries a credential. No shared cache may hold the answer to such a request: the cache
 * finds an answer by its URL and would give it to everybody.
 * @param {Request} request
 */
function isPersonal({ headers }) {
  return [...headers.keys()].some((name) => personal.test(name));
}

/**
 * Reports the failure to Rust, and returns Rust's response.
 * @param {Sent} sent
 * @param {'body' | 'headers' | 'method' | 'timeout' | 'unreachable'} reason
 * @param {number} started
 */
function failed({ slot }, reason, started) {
  return /** @type {Response} */ (ended(slot, 0, reason, millisSince(started)));
}

/**
 * Reports the end of the request, and returns the response for the caller.
 * @param {Sent} sent
 * @param {Response} response
 * @param {number} started
 */
function answered(sent, response, started) {
  const millis = millisSince(started);
  const made = responseFor(sent, response, millis);
  if (made === undefined) {
    discard(response);
    return failed(sent, 'unreachable', started);
  }
  if (sent.reports) ended(sent.slot, response.status, undefined, millis);
  else unreported.push(sent.slot);
  return made;
}

/**
 * Returns the response for the caller; `undefined` if the backend's is none.
 * @param {Sent} sent
 * @param {Response} response
 * @param {number} millis The milliseconds until the response.
 */
function responseFor(sent, response, millis) {
  // The response of a WebSocket handshake cannot be made again. It needs neither CORS fields nor Server-Timing.
  if (response.webSocket) return response;
  const { body, status, statusText } = response;
  // HTTP has no other final status (RFC 9110, section 15), and 101 needs a request for it.
  if (status < 200 || status > 599) return undefined;
  if (corsFields.length === 0 && !serverTiming) return response;
  const headers = new Headers(response.headers);
  if (corsFields.length > 0) setCors(headers, sent);
  if (serverTiming) headers.append('server-timing', `upstream;dur=${millis}`);
  try {
    return new Response(body, { status, statusText, headers });
  } catch {
    // The runtime reads some status texts and bodies that it does not write.
    return undefined;
  }
}

/**
 * Returns the milliseconds since `started`, or 0 if the clock was set back.
 * @param {number} started
 */
function millisSince(started) {
  return Math.max(0, Date.now() - started);
}

/**
 * Replaces the backend's CORS fields with those of the worker's own rules.
 * @param {Headers} headers
 * @param {Sent} sent
 */
function setCors(headers, { upstream, values }) {
  for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name);
  const listsOrigin = /(^|,)\s*(origin|\*)\s*(,|$)/i.test(headers.get('vary') ?? '');
  for (let i = 0; i < corsFields.length; i += 1) {
    // A list that has Origin already stays as the backend sent it.
    if (corsFields[i] === 'vary' && listsOrigin) continue;
    append(headers, [corsFields[i]], values, FIELDS + upstream.fields.length + i);
  }
}

/**
 * Returns whether a request may be sent a second time: it has no body, and its method is idempotent (RFC 9110,
 * section 9.2.2).
 * @param {Request} request
 */
export function isRepeatable({ method, body }) {
  return body === null && ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method);
}

/**
 * Frees the connection of a response whose body will not be read.
 * @param {Response} response
 */
export function discard(response) {
  response.body?.cancel().catch(() => {});
}

/**
 * Returns whether a body has no bytes.
 * @param {ReadableStream<Uint8Array>} body
 */
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
