// A process: the origin that requests are forwarded to, and the identity provider. It parses as little of a
// request as possible, so that the processor is left to what is measured.
import net from 'node:net';
import { listen } from '../sim/listen.mjs';
import { serveParent } from '../testing/child.mjs';

const BODY = JSON.stringify({ orders: Array.from({ length: 8 }, (_, index) => ({ id: index, state: 'Open' })) });
const answer = (body, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const USUAL = answer(BODY);

const documents = new Map();
let last;

/** A server on loopback. `respond(head)` answers every request; requests have no body. */
function answering(respond) {
  const server = net.createServer((socket) => {
    let pending = '';
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      pending += data.toString('latin1');
      for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
        socket.write(respond(pending.slice(0, end)));
        pending = pending.slice(end + 4);
      }
    });
  });
  return listen(server);
}

serveParent({
  async start() {
    const origin = await answering((head) => {
      last = head;
      return USUAL;
    });
    const issuer = await answering((head) => {
      const body = documents.get(head.split(' ')[1]);
      return body ? answer(body) : answer('{}', '404 Not Found');
    });
    return { origin, issuer };
  },
  /** Sets what the identity provider serves under a path. */
  publish(path, document) {
    documents.set(path, JSON.stringify(document));
  },
  /** Returns the header fields of the origin's last request since the last call, by lower-case name. */
  lastHeaders() {
    const lines = last?.split('\r\n').slice(1) ?? [];
    last = undefined;
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
  },
});
