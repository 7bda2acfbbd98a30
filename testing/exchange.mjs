// One HTTP exchange, byte for byte: what fetch would normalise, follow or decompress stays as it is.
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';

// Far beyond every time limit that is configured in a test: no test waits for ever.
const PATIENCE = 30_000;

/**
 * Sends one request on a connection of its own. `target` is what stands in the request line,
 * `headers` an object or `[name, value]` pairs. The answer is `{ status, headers, pairs, body }`,
 * with `headers` by lower-case name.
 *
 * @typedef {{
 *   method?: string,
 *   headers?: object | (readonly unknown[])[],
 *   body?: string | Buffer | import('node:stream').Readable,
 * }} Sent
 *
 * @param {string} origin
 * @param {string} target
 * @param {Sent} [request]
 */
export async function send(origin, target, { method = 'GET', headers = {}, body } = {}) {
  const response = await open(origin, target, { method, headers, body });
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode,
    headers: response.headers,
    pairs: pairsOf(response.rawHeaders),
    body: Buffer.concat(chunks),
  };
}

/**
 * The same, as soon as the answer begins: Node's IncomingMessage. `body` may be a stream. The headers
 * may say how it is framed; else a stream is sent in chunks, all others with their length. Where
 * `hangUp`, a promise, resolves before the answer begins, the connection is dropped.
 *
 * @param {string} origin
 * @param {string} target
 * @param {Sent & { hangUp?: Promise<unknown> }} [request]
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
export function open(origin, target, { method = 'GET', headers = {}, body, hangUp } = {}) {
  const { hostname, port, host } = new URL(origin);
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  const framed = pairs.some(([name]) => /^(transfer-encoding|content-length)$/i.test(name));
  const length =
    Buffer.isBuffer(body) || typeof body === 'string'
      ? [['content-length', Buffer.byteLength(body)]]
      : [['transfer-encoding', 'chunked']];
  const framing = body === undefined || framed ? [] : length;
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, method, path: target, agent: false, headers: [['host', host], ...pairs, ...framing].flat() },
      resolve,
    );
    request.on('error', reject);
    request.setTimeout(PATIENCE, () => request.destroy(new Error(`silence for ${PATIENCE} ms`)));
    hangUp?.then(() => request.destroy(new Error('hung up')), reject);
    if (body instanceof Readable) body.pipe(request);
    else request.end(body);
  });
}

/** Sends these bytes and returns everything that comes back until the connection ends. */
export function sendBytes(origin, bytes) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
    const chunks = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.on('error', reject);
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`silence for ${PATIENCE} ms`)));
  });
}

function pairsOf(raw) {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index].toLowerCase(), raw[2 * index + 1]]);
}
