// What the two ends of an exchange do.
import net from 'node:net';
import { buildFrame, parseFrame } from '../../../../sim/websocket-frame.mjs';
import { framing, readBody, readHead, Wire } from './wire.mjs';

/** Opens a connection to a server. */
export function connect(origin) {
  const { hostname, port } = new URL(origin);
  return new Wire(net.connect(Number(port), hostname));
}

/** The caller's end. `always` are fields `[name, value]` of each of its requests. */
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

  /** Reads the head of the next answer, but not its body. */
  async head() {
    const head = await readHead(this.wire);
    return head && { ...head, framing: framing(head, { answerTo: this.#method }) };
  }

  /** Reads the rest of an answer whose head has been read. */
  async rest(head, onPart) {
    return { ...head, body: await readBody(this.wire, head.framing, onPart) };
  }

  /** Reads interim answers and the final one, whole. The list is empty if the connection has ended instead. */
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
 * A request in one piece, and then an answer in one piece. With `hangUp`, the backend then ends the connection.
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

/** Steps for which one end waits until the other one has taken them. */
export function steps() {
  const taken = new Map();
  const step = (name) => {
    if (!taken.has(name)) taken.set(name, Promise.withResolvers());
    return taken.get(name);
  };
  return { take: (name) => step(name).resolve(), taken: (name) => step(name).promise };
}

/**
 * One end of an open WebSocket: `send(first, payload)`, `next()`. A frame is `[first byte, payload]`; "gone" is
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
