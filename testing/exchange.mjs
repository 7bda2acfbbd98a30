// @ts-check
// One HTTP exchange, byte for byte: what fetch would normalise, follow or decompress stays as it is.
import http from 'node:http';
import net from 'node:net';
import { Readable } from 'node:stream';
import { pairsOf } from '../sim/forward.mjs';

// Far longer than every time limit in a test's configuration, so that no test waits for ever.
const PATIENCE = 30_000;

/**
 * Sends one request on a connection of its own. `target` stands in the request line; `headers` are an object or
 * `[name, value]` pairs. The answer is `{ status, headers, pairs, body }`, with `headers` by lower-case name.
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
    pairs: pairsOf(response.rawHeaders).map(([name, value]) => [name.toLowerCase(), value]),
    body: Buffer.concat(chunks),
  };
}

/**
 * Sends a request and resolves when the answer begins, to Node's IncomingMessage. `body` may be a stream. If
 * the headers do not say how the body is framed, a stream is sent in chunks and every other body with its
 * length. If the promise `hangUp` resolves before the answer begins, the connection is dropped.
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

/**
 * Sends these bytes, one for each character, and returns everything that comes back until the connection ends.
 * If nobody else ends it, `hangUp` says when this side does.
 *
 * @param {string} origin
 * @param {string} bytes
 * @param {Promise<unknown>} [hangUp]
 * @returns {Promise<string>}
 */
export function sendBytes(origin, bytes, hangUp) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(Buffer.from(bytes, 'latin1')));
    /** @type {Buffer[]} */
    const chunks = [];
    const done = () => resolve(Buffer.concat(chunks).toString('latin1'));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', done);
    // A server that has answered may close while bytes of the request are still on their way.
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done() : reject(error),
    );
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`silence for ${PATIENCE} ms`)));
    hangUp?.then(() => socket.destroy(), reject);
  });
}

/**
 * Sends these bytes and returns the answers, without interim ones, when the connection has ended.
 *
 * @typedef {{ status: number, headers: Record<string, string>, body: string }} Answer
 *
 * @param {string} origin
 * @param {string} bytes
 * @param {Promise<unknown>} [hangUp]
 */
export const converse = async (origin, bytes, hangUp) => answersIn(await sendBytes(origin, bytes, hangUp));

/**
 * Returns the code of a refusal, or the status of any other answer.
 *
 * @param {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: string | Buffer }} answer
 * @returns {string | number}
 */
export const codeOf = ({ status, body, headers }) =>
  headers['content-type'] === 'application/problem+json' ? JSON.parse(body.toString()).code : status;

/** @param {string} text */
function answersIn(text) {
  /** @type {Answer[]} */
  const answers = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new SyntaxError(`no answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const [line, ...fields] = rest.slice(0, end).split('\r\n');
    const [, status] = /^HTTP\/1\.[01] (\d{3}) /.exec(line) ?? [];
    if (!status) throw new SyntaxError(`no status: ${JSON.stringify(line)}`);
    const headers = Object.fromEntries(
      fields.map((field) => field.split(/: */)).map(([name, ...value]) => [name.toLowerCase(), value.join(': ')]),
    );
    rest = rest.slice(end + 4);
    if (status.startsWith('1')) continue;
    const body =
      headers['transfer-encoding'] === 'chunked'
        ? chunksIn(rest)
        : { text: rest.slice(0, length(headers)), length: length(headers) };
    answers.push({ status: Number(status), headers, body: body.text });
    rest = rest.slice(body.length);
  }
  return answers;
}

const length = (/** @type {Record<string, string>} */ headers) => Number(headers['content-length'] ?? Infinity);

/** @param {string} text */
function chunksIn(text) {
  let at = 0;
  const parts = [];
  for (;;) {
    const [head = '', digits] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20)) ?? [];
    if (!digits) return { text: parts.join(''), length: text.length };
    const size = parseInt(digits, 16);
    parts.push(text.slice(at + head.length, at + head.length + size));
    at += head.length + size + 2;
    if (size === 0) return { text: parts.join(''), length: at };
  }
}
