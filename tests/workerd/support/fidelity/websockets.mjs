// WebSocket (RFC 6455), frame by frame.
import { createHash } from 'node:crypto';
import { Frames, steps } from './script.mjs';
import { field } from './wire.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** The caller's key. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${KEY}`,
];
const [TEXT, BINARY, CLOSE, PING, PONG] = [0x81, 0x82, 0x88, 0x89, 0x8a];
const closing = (code, reason) => String.fromCharCode(code >> 8, code & 0xff) + reason;

/** Makes a case with an open WebSocket on which the two ends do this. What they return is noted. */
function webSocket(name, { fields = [], answered = [], caller: from, backend: to }) {
  const make = () => {
    const step = steps();
    return {
      caller: async (caller) => {
        await caller.send({ line: 'GET /socket HTTP/1.1', fields: [...HANDSHAKE, ...fields] });
        const answer = await caller.head();
        return [answer, await from(new Frames(caller.wire, { masked: true }), caller.wire, step)];
      },
      backend: async ({ wire, request }) => {
        const accept = createHash('sha1')
          .update(`${field(request, 'sec-websocket-key')}${GUID}`)
          .digest('base64');
        const lines = [
          'HTTP/1.1 101 Switching Protocols',
          'Connection: Upgrade',
          'Upgrade: websocket',
          `Sec-WebSocket-Accept: ${accept}`,
          ...answered,
        ];
        await wire.write(`${lines.join('\r\n')}\r\n\r\n`);
        request.frames = await to(new Frames(wire), wire, step);
        wire.end();
      },
    };
  };
  return { name: `WebSocket: ${name}`, make };
}

/** Sends each frame back until the connection ends, and returns the frames. */
async function echo(frames) {
  const seen = [];
  for (let frame = await frames.next(); frame !== 'gone'; frame = await frames.next()) {
    seen.push(frame);
    const [first, payload] = frame;
    await frames.send(first === PING ? PONG : first, typeof payload === 'number' ? 'x'.repeat(payload) : payload);
    if (first === CLOSE) break;
  }
  return seen;
}

/** Sends each frame after the answer to the one before, and returns the answers. */
const sending =
  (...list) =>
  async (frames) => {
    const seen = [];
    for (const [first, payload] of list) {
      await frames.send(first, payload);
      seen.push(await frames.next());
    }
    return seen;
  };

export const webSockets = [
  webSocket('text, binary, empty and large messages both ways, closed by the caller', {
    caller: sending(
      [TEXT, 'hello'],
      [TEXT, 'caf\xc3\xa9'],
      [BINARY, '\x00\xff\x80'],
      [TEXT, ''],
      [BINARY, ''],
      [BINARY, 'x'.repeat(100_000)],
      [BINARY, 'x'.repeat(1_000_000)],
      [CLOSE, closing(1000, 'bye')],
    ),
    backend: echo,
  }),
  ...[
    [1000, ''],
    [1001, 'going'],
    [1008, 'policy'],
    [1011, 'error'],
    [3000, 'library'],
    [4999, 'own'],
  ].flatMap(([code, reason]) => [
    webSocket(`closed by the caller with ${code}`, { caller: sending([CLOSE, closing(code, reason)]), backend: echo }),
    webSocket(`closed by the backend with ${code}`, { caller: echo, backend: sending([CLOSE, closing(code, reason)]) }),
  ]),
  webSocket('closed without a code', { caller: sending([CLOSE, '']), backend: echo }),
  webSocket('the backend speaks first', {
    caller: echo,
    backend: sending([TEXT, 'hello'], [CLOSE, closing(1000, '')]),
  }),
  webSocket('a message in fragments', {
    caller: async (frames) => {
      await frames.send(0x01, 'hel');
      await frames.send(0x80, 'lo');
      const seen = [await frames.next()];
      if (seen[0][0] === 0x01) seen.push(await frames.next());
      await frames.send(CLOSE, closing(1000, ''));
      return [...seen, await frames.next()];
    },
    backend: echo,
  }),
  webSocket('a ping of the caller', { caller: sending([PING, 'ping'], [CLOSE, closing(1000, '')]), backend: echo }),
  webSocket('a ping of the backend', { caller: echo, backend: sending([PING, 'ping'], [CLOSE, closing(1000, '')]) }),
  webSocket('a subprotocol', {
    fields: ['Sec-WebSocket-Protocol: one, two'],
    answered: ['Sec-WebSocket-Protocol: two'],
    caller: sending([CLOSE, closing(1000, '')]),
    backend: echo,
  }),
  webSocket('compression that the backend does not want', {
    fields: ['Sec-WebSocket-Extensions: x-own, permessage-deflate; client_max_window_bits'],
    caller: sending([TEXT, 'hello'], [CLOSE, closing(1000, '')]),
    backend: echo,
  }),
  webSocket('compression that the backend wants', {
    fields: ['Sec-WebSocket-Extensions: permessage-deflate'],
    answered: ['Sec-WebSocket-Extensions: permessage-deflate'],
    caller: sending([0xc1, '\xf2\x48\xcd\xc9\xc9\x07\x00'], [TEXT, 'plain'], [CLOSE, closing(1000, '')]),
    backend: echo,
  }),
  webSocket('the backend goes away', {
    caller: async (frames, _wire, { take }) => {
      const seen = [await frames.next()];
      take('seen');
      return [...seen, await frames.next()];
    },
    backend: async (frames, wire, { taken }) => {
      await frames.send(TEXT, 'hello');
      await taken('seen');
      wire.end();
      return 'gone';
    },
  }),
  webSocket('the caller goes away', {
    caller: async (frames, wire) => {
      await frames.send(TEXT, 'hello');
      const seen = [await frames.next()];
      wire.destroy();
      return seen;
    },
    backend: async (frames, wire) => {
      const seen = [await frames.next()];
      await frames.send(TEXT, 'hello');
      seen.push(await frames.next());
      return seen;
    },
  }),
  {
    name: 'WebSocket: refused by the backend',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'GET /socket HTTP/1.1', fields: HANDSHAKE });
        return caller.answers();
      },
      backend: ({ wire }) => wire.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: because\r\n\r\nno'),
    }),
  },
];
