// HTTP/1.1 on the wire: nothing is joined, sorted, renamed or decoded except the chunks of a body.
import { createHash } from 'node:crypto';

// Far longer than a test takes, so that no test waits for ever.
const PATIENCE = 10_000;
const CRLF = Buffer.from('\r\n');

/**
 * One end of a connection. It writes bytes, and reads lines and bytes. A text is Latin-1: one character is one
 * byte.
 */
export class Wire {
  #parts;
  #pending = Buffer.alloc(0);

  constructor(socket) {
    this.socket = socket;
    this.#parts = socket.iterator({ destroyOnReturn: false });
    /** Settles when the other side has gone. */
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.setTimeout(PATIENCE, () => socket.destroy());
  }

  /** Writes, and waits while the other side does not read. */
  async write(bytes) {
    const { socket } = this;
    if (socket.destroyed || socket.write(bytes, typeof bytes === 'string' ? 'latin1' : undefined)) return;
    await new Promise((resolve) => ['drain', 'close'].forEach((event) => socket.once(event, resolve)));
  }

  /** Returns whatever has come, or undefined at the end of the connection, however it ended. */
  async some() {
    if (this.#pending.length === 0 && !(await this.#more())) return undefined;
    return this.#take(this.#pending.length);
  }

  /** Yields exactly `count` bytes in parts. The last value is `false` if the connection ended before. */
  async *bytes(count) {
    for (let left = count; left > 0;) {
      if (this.#pending.length === 0 && !(await this.#more())) return false;
      const part = this.#take(Math.min(left, this.#pending.length));
      left -= part.length;
      yield part;
    }
    return true;
  }

  /** Returns a line without its end, or undefined if the connection ended before. */
  async line() {
    let end = this.#pending.indexOf(CRLF);
    while (end === -1) {
      if (!(await this.#more())) return undefined;
      end = this.#pending.indexOf(CRLF);
    }
    return this.#take(end + 2).toString('latin1', 0, end);
  }

  end() {
    this.socket.end();
  }

  destroy() {
    this.socket.destroy();
  }

  /** Breaks the connection, as if it were lost. */
  reset() {
    this.socket.resetAndDestroy();
  }

  async #more() {
    const { value, done } = await this.#parts.next().catch(() => ({ done: true }));
    if (!done) this.#pending = Buffer.concat([this.#pending, value]);
    return !done;
  }

  #take(count) {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }
}

/**
 * Reads a start line and the field lines, each `[name, value]` as written, or `[line]`. Returns undefined at
 * the end of the connection.
 */
export async function readHead(wire) {
  const start = await wire.line();
  if (start === undefined) return undefined;
  const fields = [];
  for (let line = await wire.line(); line; line = await wire.line()) {
    const colon = line.indexOf(':');
    fields.push(colon === -1 ? [line] : [line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return { start, fields };
}

/** Returns the first value of a field, whatever the case of its name. */
export function field({ fields }, name) {
  return fields.find(([found]) => found.toLowerCase() === name)?.[1];
}

/**
 * Returns how a body is framed (RFC 9112, section 6.3): "chunked", its length as a number, "close", or "none".
 *
 * @param {{ start: string, fields: string[][] }} head
 * @param {{ answerTo?: string }} [request] the method of the request that the head answers
 */
export function framing(head, { answerTo } = {}) {
  const [, status] = head.start.split(' ');
  if (answerTo === 'HEAD' || (answerTo && /^(1..|204|304)$/.test(status))) return 'none';
  if (field(head, 'transfer-encoding') !== undefined) return 'chunked';
  const length = field(head, 'content-length');
  if (length !== undefined) return Number(length);
  return answerTo ? 'close' : 'none';
}

/** Yields the parts of a body as they come. The last value is `{ whole, trailers }`. */
export async function* bodyParts(wire, framed) {
  if (framed === 'none') return { whole: true };
  if (typeof framed === 'number') return { whole: yield* wire.bytes(framed) };
  if (framed === 'close') {
    for (let part = await wire.some(); part; part = await wire.some()) yield part;
    return { whole: true };
  }
  for (;;) {
    const size = await wire.line();
    const length = parseInt(size, 16);
    if (Number.isNaN(length)) return { whole: false };
    if (length > 0 && !(yield* wire.bytes(length))) return { whole: false };
    if (length === 0) return trailers(wire);
    if ((await wire.line()) !== '') return { whole: false };
  }
}

async function trailers(wire) {
  const found = [];
  for (let line = await wire.line(); line !== ''; line = await wire.line()) {
    if (line === undefined) return { whole: false };
    found.push(line);
  }
  return { whole: true, ...(found.length > 0 && { trailers: found }) };
}

/**
 * Reads a whole body: a short one as text, a long one as length and hash. `whole` is false if it broke off.
 */
export async function readBody(wire, framed, onPart = (_) => {}) {
  const parts = bodyParts(wire, framed);
  const hash = createHash('sha256');
  let start = [];
  let length = 0;
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    const part = next.value;
    onPart(part);
    hash.update(part);
    length += part.length;
    if (length <= 4096) start.push(part);
    else start = [];
  }
  const bytes =
    length <= 4096 ? { text: Buffer.concat(start).toString('latin1') } : { length, sha256: hash.digest('hex') };
  return { ...bytes, ...next.value };
}

/** Encodes a body in chunks. */
export function chunked(parts, { trailer = '' } = {}) {
  const chunk = (part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), Buffer.from(part, 'latin1'), CRLF]);
  return Buffer.concat([...parts.map(chunk), Buffer.from(`0\r\n${trailer}\r\n`)]);
}
