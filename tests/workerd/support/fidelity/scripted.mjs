// Exchanges whose order matters: each end waits for what the other one has seen.
import { steps } from './script.mjs';

const CHUNKED = 'Transfer-Encoding: chunked';
const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
const head = (...lines) => `${lines.join('\r\n')}\r\n\r\n`;
const EVENTS = ['id: 1\ndata: one\n\n', 'id: 2\ndata: two\n\n', ': comment\n\n'];

/** Sends a request and reads the answer. `onPart` receives each part of its body. */
async function call(caller, request, onPart) {
  await caller.send(request);
  const answer = await caller.head();
  return [await caller.rest(answer, onPart)];
}

/** Reads parts until one of them completes `text`. */
async function readUntil(wire, text) {
  let read = '';
  while (!read.endsWith(text)) {
    const part = await wire.some();
    if (!part) return false;
    read += part.toString('latin1');
  }
  return true;
}

export const scripted = [
  {
    name: 'server-sent events: each is there before the next is sent',
    make: () => {
      const { take, taken } = steps();
      let seen = '';
      return {
        caller: (caller) =>
          call(
            caller,
            { line: 'GET /events HTTP/1.1', fields: ['Accept: text/event-stream', 'Last-Event-ID: 0'] },
            (part) => {
              seen += part;
              EVENTS.forEach((_, index) => seen.length >= EVENTS.slice(0, index + 1).join('').length && take(index));
            },
          ),
        backend: async ({ wire, body }) => {
          await body();
          await wire.write(
            head('HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Cache-Control: no-cache', CHUNKED),
          );
          for (const [index, event] of EVENTS.entries()) {
            await wire.write(chunk(event));
            await taken(index);
          }
          await wire.write('0\r\n\r\n');
        },
      };
    },
  },
  {
    name: 'an answer whose head comes before its body exists',
    make: () => {
      const { take, taken } = steps();
      return {
        caller: async (caller) => {
          await caller.send({ line: 'GET /slow HTTP/1.1' });
          const answer = await caller.head();
          take('head');
          return [await caller.rest(answer)];
        },
        backend: async ({ wire, body }) => {
          await body();
          await wire.write(head('HTTP/1.1 200 OK', 'Content-Length: 3'));
          await taken('head');
          await wire.write('abc');
        },
      };
    },
  },
  {
    name: 'a body and an answer at once: each part comes back before the next is sent',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'POST /pipe HTTP/1.1', fields: [CHUNKED], body: chunk('part 1') });
        const answer = await caller.head();
        let part = 1;
        return [
          await caller.rest(answer, (bytes) => {
            if (!String(bytes).endsWith(`part ${part}`)) return;
            part += 1;
            caller.wire.write(part > 3 ? '0\r\n\r\n' : chunk(`part ${part}`));
          }),
        ];
      },
      backend: async ({ wire, request }) => {
        await wire.write(head('HTTP/1.1 200 OK', CHUNKED));
        for (let part = 1; part <= 3; part += 1) {
          request[`part ${part}`] = await readUntil(wire, chunk(`part ${part}`));
          await wire.write(chunk(`part ${part}`));
        }
        request.end = await readUntil(wire, '0\r\n\r\n');
        await wire.write('0\r\n\r\n');
      },
    }),
  },
  {
    name: 'an answer before the body has come',
    make: () => {
      const { take, taken } = steps();
      return {
        caller: async (caller) => {
          await caller.send({ line: 'POST /orders HTTP/1.1', fields: ['Content-Length: 6'], body: 'abc' });
          const answer = await caller.head();
          take('head');
          await caller.wire.write('def');
          return [await caller.rest(answer)];
        },
        backend: async ({ wire, body }) => {
          await wire.write(head('HTTP/1.1 201 Created', 'Content-Length: 2'));
          await taken('head');
          await body();
          await wire.write('ok');
        },
      };
    },
  },
  {
    name: 'Expect: 100-continue, and the backend says so',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'POST /orders HTTP/1.1', fields: ['Expect: 100-continue', 'Content-Length: 3'] });
        const interim = await caller.head();
        await caller.wire.write('abc');
        return [interim, ...(await caller.answers())];
      },
      backend: async ({ wire, body }) => {
        await wire.write(head('HTTP/1.1 100 Continue'));
        await body();
        await wire.write(head('HTTP/1.1 200 OK', 'Content-Length: 0'));
      },
    }),
  },
  {
    name: 'Expect: 100-continue, and the backend refuses',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'POST /orders HTTP/1.1', fields: ['Expect: 100-continue', 'Content-Length: 3'] });
        const first = await caller.head();
        if (first.start !== 'HTTP/1.1 100 Continue') return [await caller.rest(first)];
        await caller.wire.write('abc');
        return [first, ...(await caller.answers())];
      },
      backend: async ({ wire }) => {
        await wire.write(head('HTTP/1.1 413 Content Too Large', 'Content-Length: 0'));
        wire.end();
        while (await wire.some());
      },
    }),
  },
  {
    name: '103 Early Hints',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'GET / HTTP/1.1' });
        return caller.answers();
      },
      backend: async ({ wire, body }) => {
        await body();
        await wire.write(head('HTTP/1.1 103 Early Hints', 'Link: </style.css>; rel=preload'));
        await wire.write(head('HTTP/1.1 200 OK', 'Content-Length: 0'));
      },
    }),
  },
  ...[
    ['with its length', 'Content-Length: 10', 'abc'],
    ['in chunks', CHUNKED, chunk('abc')],
  ].map(([framed, field, part]) => ({
    name: `a backend that breaks off its answer ${framed}`,
    make: () => {
      const { take, taken } = steps();
      return {
        caller: (caller) => call(caller, { line: 'GET / HTTP/1.1' }, () => take('part')),
        backend: async ({ wire, body }) => {
          await body();
          await wire.write(head('HTTP/1.1 200 OK', field) + part);
          await taken('part');
          wire.end();
        },
      };
    },
  })),
  {
    name: 'a caller that goes away before the answer',
    make: () => {
      const { take, taken } = steps();
      return {
        caller: async (caller) => {
          await caller.send({ line: 'GET / HTTP/1.1' });
          await taken('arrived');
          caller.wire.reset();
          return [];
        },
        backend: async ({ wire, request, body }) => {
          await body();
          take('arrived');
          await wire.closed;
          request.connection = 'ended';
        },
      };
    },
  },
  {
    name: 'a caller that goes away during the answer',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'GET / HTTP/1.1' });
        const answer = await caller.head();
        caller.wire.reset();
        return [answer];
      },
      backend: async ({ wire, request, body }) => {
        await body();
        await wire.write(head('HTTP/1.1 200 OK', CHUNKED) + chunk('abc'));
        await wire.closed;
        request.connection = 'ended';
      },
    }),
  },
  {
    name: 'a caller that goes away politely, while the backend goes on sending',
    make: () => ({
      caller: async (caller) => {
        await caller.send({ line: 'GET / HTTP/1.1' });
        const answer = await caller.head();
        caller.wire.destroy();
        return [answer];
      },
      backend: async ({ wire, request, body }) => {
        await body();
        await wire.write(head('HTTP/1.1 200 OK', CHUNKED));
        while (!wire.socket.destroyed) {
          await wire.write(chunk('abc'));
          await new Promise(setImmediate);
        }
        request.connection = 'ended';
      },
    }),
  },
  ...[
    ['with its length', 'Content-Length: 10', 'abc'],
    ['in chunks', CHUNKED, chunk('abc')],
  ].map(([framed, field, part]) => ({
    name: `a caller that goes away during its body ${framed}`,
    make: () => {
      const { take, taken } = steps();
      return {
        caller: async (caller) => {
          await caller.send({ line: 'POST / HTTP/1.1', fields: [field], body: part });
          await taken('arrived');
          caller.wire.reset();
          return [];
        },
        backend: ({ body }) => body(() => take('arrived')),
      };
    },
  })),
];
