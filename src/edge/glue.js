// What must happen inside JavaScript: each call between wasm and JavaScript, and each string that
// crosses, costs as much as a part of the cryptography.

const encoder = new TextEncoder();

let fields = [];
let upstreams = [];
let routes = [];
let providers = [];
let serverTiming = false;
let metrics;
let refuse = () => new Response(null, { status: 500 });

/// Called once for an isolate. `settings` is JSON; `fail(request, reason, route, provider, millis)`
/// makes the answer to a request that could not be forwarded.
export function install(env, settings, fail) {
  const given = JSON.parse(settings);
  fields = given.readFields;
  upstreams = given.upstreams.map((upstream) => ({
    ...upstream,
    removed: new RegExp(upstream.removed),
    fetcher: upstream.binding === null ? globalThis : env[upstream.binding],
  }));
  ({ routes, providers, serverTiming } = given);
  metrics = typeof env.METRICS?.writeDataPoint === 'function' ? env.METRICS : undefined;
  refuse = fail;
}

/// Writes method, URL and the values of the read fields, one a line; none of them can hold a line feed.
/// Returns how many bytes that are, or how many are enough where there are too few.
export function writeHead(request, bytes) {
  const { headers } = request;
  let text = `${request.method}\n${request.url}`;
  for (const field of fields) text += `\n${headers.get(field) ?? ''}`;
  const { read, written } = encoder.encodeInto(text, bytes);
  return read === text.length ? written : 3 * text.length;
}

/// Sends the request on, body and all, and returns the backend's response as it is, but for
/// `responseLines`, where they are given. `route` and `provider` are indices, -1 for none; `token`
/// is what the log says of the token, where the request is `logged`.
export function forward(
  request,
  index,
  url,
  identity,
  kept,
  responseLines,
  accessToken,
  route,
  provider,
  logged,
  token,
) {
  const { method, body } = request;
  const to = {
    upstream: upstreams[index],
    url,
    identity,
    kept,
    responseLines,
    accessToken,
    route,
    provider,
    logged,
    token,
  };
  return body !== null && (method === 'GET' || method === 'HEAD')
    ? isEmpty(body).then((empty) => (empty ? send(request, to, null) : refuse(request, 'body', route, provider, 0)))
    : send(request, to, body);
}

function send(request, to, body) {
  const { upstream, identity, kept, accessToken } = to;
  const headers = new Headers(request.headers);
  // The runtime hands out names with their values faster than names alone.
  for (const [name] of request.headers) {
    if (upstream.removed.test(name) && !(kept !== '' && kept.split('\n').includes(name))) headers.delete(name);
  }
  if (accessToken !== undefined) authorise(headers, accessToken);
  // None of them is there any more, and `set` would look for it: it costs twice as much.
  const lines = identity.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) headers.append(lines[i], lines[i + 1]);
  if (upstream.secret !== null) headers.set(...upstream.secret);
  if (request.headers.get('upgrade')?.toLowerCase() === 'websocket') headers.set('upgrade', 'websocket');

  const started = Date.now();
  let timer;
  const timeout = new Promise((resolve) => (timer = setTimeout(resolve, upstream.timeoutMillis)));
  const response = upstream.fetcher.fetch(to.url, {
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
      if (first !== undefined) return answered(request, to, first, started);
      response.then(discard, () => {});
      return failed(request, to, 'timeout', started);
    },
    () => {
      clearTimeout(timer);
      return failed(request, to, 'unreachable', started);
    },
  );
}

const failed = (request, to, reason, started) => refuse(request, reason, to.route, to.provider, Date.now() - started);

function answered(request, to, response, started) {
  const { responseLines, logged } = to;
  const millis = Date.now() - started;
  const changed = responseLines !== undefined || serverTiming;
  // HTTP has no such status, and the runtime makes no response with one.
  if (changed && response.status > 599) return failed(request, to, 'unreachable', started);
  if (logged || metrics !== undefined) recordAllowed(request, to, response.status, millis);
  // The handshake of a WebSocket cannot be made anew, and neither concerns it.
  if (!changed || response.webSocket) return response;
  const headers = new Headers(response.headers);
  if (responseLines !== undefined) setCors(headers, responseLines);
  if (serverTiming) headers.append('server-timing', `upstream;dur=${millis}`);
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}

function recordAllowed(request, { route, provider, logged, token }, status, millis) {
  const [keyId, keysFrom, verifiedBefore] = token.split('\n');
  write(
    {
      event: 'request',
      time: Date.now(),
      ray: request.headers.get('cf-ray') ?? undefined,
      method: request.method,
      route: routes[route],
      provider: providers[provider],
      outcome: 'allowed',
      status,
      key_id: keyId || undefined,
      keys_from: keysFrom || undefined,
      verified_before: verifiedBefore === 'true' || undefined,
      upstream_ms: millis,
    },
    logged,
  );
}

/// Writes the log line of a request, and its data point: `line` is JSON.
export function record(line, logged) {
  write(JSON.parse(line), logged);
}

function write(entry, logged) {
  if (logged) console.log(JSON.stringify(entry));
  const { provider = '', outcome, code = '', route = '', method, status, upstream_ms: millis = 0 } = entry;
  metrics?.writeDataPoint({
    indexes: [provider],
    blobs: [outcome, code, provider, route, method],
    doubles: [status, millis],
  });
}

/// The app calls, not the browser: with its own token, without the browser's cookies. JTL's API takes
/// JSON under exactly that type.
function authorise(headers, accessToken) {
  headers.set('authorization', `Bearer ${accessToken}`);
  if (/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? ''))
    headers.set('content-type', 'application/json');
}

/// Without a body, and with a method that may be repeated (RFC 9110, section 9.2.2).
export function isRepeatable({ method, body }) {
  return body === null && ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method);
}

/// Frees the connection of a response of which nobody will read the body.
export function discard(response) {
  response.body?.cancel().catch(() => {});
}

/// Whether there is a binding of that name that can fetch.
export function hasFetcher(env, name) {
  return typeof env[name]?.fetch === 'function';
}

/// What ids are made from.
export function random() {
  return crypto.getRandomValues(new Uint8Array(16));
}

/// Our own rules for other origins instead of the backend's.
function setCors(headers, lines) {
  for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name);
  const parts = lines.split('\n');
  for (let i = 0; i + 1 < parts.length; i += 2) {
    if (parts[i] !== 'vary') headers.set(parts[i], parts[i + 1]);
    else if (!/(^|,)\s*(origin|\*)\s*(,|$)/i.test(headers.get('vary') ?? '')) headers.append('vary', parts[i + 1]);
  }
}

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

/// A response with the header fields of `lines`: name and value in turn.
export function respond(status, lines, body) {
  const headers = new Headers();
  const parts = lines.split('\n');
  for (let i = 0; i + 1 < parts.length; i += 2) headers.append(parts[i], parts[i + 1]);
  return new Response(body === '' ? null : body, { status, headers });
}

/// One HTTP exchange whose whole duration and size are bounded. Never rejects: `fault` says what
/// went wrong.
export async function exchange(url, method, lines, body, millis, maxBytes) {
  const signal = AbortSignal.timeout(millis);
  try {
    const headers = new Headers();
    const parts = lines.split('\n');
    for (let i = 0; i + 1 < parts.length; i += 2) headers.append(parts[i], parts[i + 1]);
    const response = await fetch(url, {
      method,
      headers,
      body: body === '' ? null : body,
      redirect: 'manual',
      cache: 'no-store',
      signal,
    });
    const bytes = await read(response, maxBytes);
    if (bytes === null) return { fault: 'the response is too large' };
    return { status: response.status, etag: response.headers.get('etag') ?? undefined, bytes };
  } catch {
    return { fault: signal.aborted ? 'the response took too long' : 'no response' };
  }
}

async function read(response, maxBytes) {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/// Resolves after that time.
export function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

/// The worker's variables whose names begin with `DRAWBRIDGE`: name and JSON text in turn.
export function variables(env) {
  return Object.entries(env)
    .filter(([name]) => name.startsWith('DRAWBRIDGE'))
    .flatMap(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
}
