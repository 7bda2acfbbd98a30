// What the two ends of an exchange do.
import net from 'node:net';
import { buildFrame, parseFrame } from '../../../../sim/websocket-frame.mjs';
import { framing, readBody, readHead, Wire } from './wire.mjs';

/** A connection to a server. */
export function connect(origin) {
  const { hostname, port } = new URL(origin);
  return new Wire(net.connect(Number(port), hostname));
}

/** The caller's end. `always` are fields that each of its requests has, `[name, value]`. */
export class Caller {
  #method;

  constructor(origin, always) {
    this.wire = connect(origin);
    this.always = always;
  }

  /** Sends a request: `line` and `fields` as they stand on the wire, then `body`. */
  async send({ line, fields = [], body = '' }) {
    [this.#method] = line.split(' ');
    await this.wire.write(`${[line, ...this.always.map((pair) => pair.join(': ')), ...fields].join('\r\n')}\r\n\r\n`);
    await this.wire.write(body);
  }

  /** The head of the next answer, its body not read. */
  async head() {
    const head = await readHead(this.wire);
    return head && { ...head, framing: framing(head, { answerTo: this.#method }) };
  }

  /** What is left of an answer whose head has been read. */
  async rest(head, onPart) {
    return { ...head, body: await readBody(this.wire, head.framing, onPart) };
  }

  /** Interim answers and the final one, whole; empty where the connection ended instead. */
  async answers() {
    const found = [];
    for (let head = await this.head(); head; head = await this.head()) {
      const interim = /^HTTP\/1\.. 1(?!01)/.test(head.start);
      found.push(interim ? head : await this.rest(head));
      if (!interim) break;
    }
    return found;
  }
}

/**
 * A request in one piece, and an answer in one piece after it; where `hangUp`, the backend then ends the
 * connection.
 */
export function plain({ request, answer, hangUp = false }) {
  return {
    caller: async (caller) => {
      const sent = caller.send(request);
      const answers = await caller.answers();
      await sent;
      return answers;
    },
    backend: async ({ wire, body }) => {
      await body();
      await wire.write(answer);
      if (hangUp) wire.end();
    },
  };
}

/** Steps that one end waits for until the other has taken them. */
export function steps() {
  const taken = new Map();
  const step = (name) => {
    if (!taken.has(name)) taken.set(name, Promise.withResolvers());
    return taken.get(name);
  };
  return { take: (name) => step(name).resolve(), taken: (name) => step(name).promise };
}

/**
 * One end of an open WebSocket: `send(first, payload)`, `next()`; a frame is `[first byte, payload]`, "gone"
 * the end.
 */
export class Frames {
  #wire;
  #masked;
  #pending = Buffer.alloc(0);

  constructor(wire, { masked = false } = {}) {
    this.#wire = wire;
    this.#masked = masked;
  }

  send(first, payload = '') {
    return this.#wire.write(buildFrame(first, Buffer.from(payload, 'latin1'), { masked: this.#masked }));
  }

  async next() {
    for (;;) {
      const frame = parseFrame(this.#pending);
      if (frame) {
        this.#pending = this.#pending.subarray(frame.length);
        return [frame.first, frame.payload.length > 1000 ? frame.payload.length : frame.payload.toString('latin1')];
      }
      const more = await this.#wire.some();
      if (!more) return 'gone';
      this.#pending = Buffer.concat([this.#pending, more]);
    }
  }
}
