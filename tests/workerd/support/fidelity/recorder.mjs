// A backend that notes what arrives on the wire and answers what it is told to.
import net from 'node:net';
import { listen } from '../../../../sim/listen.mjs';
import { framing, readBody, readHead, Wire } from './wire.mjs';

// Far longer than any answer takes, so that no test waits for ever.
const PATIENCE = 10_000;

/**
 * Starts it: `{ url, answerWith(answer), take(), close() }`. `answer({ wire, request, body })` is called for
 * each request; `body(onPart)` reads the body and notes it. When every answer is done, `take()` returns what
 * has arrived since the last call.
 */
export async function startRecorder() {
  let answer;
  let requests = [];
  const running = new Set();
  const sockets = new Set();

  async function serve(wire) {
    for (let head = await readHead(wire); head; head = await readHead(wire)) {
      const request = { ...head, framing: framing(head), body: undefined };
      requests.push(request);
      const body = async (onPart) => (request.body = await readBody(wire, request.framing, onPart));
      const done = answer({ wire, request, body });
      running.add(done);
      await done.finally(() => running.delete(done));
    }
  }

  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(new Wire(socket))
      .catch((error) => requests.push({ error }))
      .finally(() => socket.destroy());
  });
  const url = await listen(server);

  return {
    url,
    answerWith: (next) => (answer = next),
    take: async () => {
      await withPatience(Promise.all(running));
      return requests.splice(0);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function withPatience(promise) {
  const { promise: impatient, reject } = Promise.withResolvers();
  const timer = setTimeout(() => reject(new Error(`an answer has not ended after ${PATIENCE} ms`)), PATIENCE);
  return Promise.race([promise, impatient]).finally(() => clearTimeout(timer));
}
