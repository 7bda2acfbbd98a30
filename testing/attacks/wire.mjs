// Bytes out, answers in: no client library in between that would tidy a request.
import net from 'node:net';

// Far beyond what any answer takes: no test waits for ever.
const PATIENCE = 30_000;

/**
 * Sends these bytes and reads until the connection ends: `[{ status, headers, body }]`, without
 * interim answers. `hangUp`, a promise, says when to end it from this side, where nobody else does.
 */
export function converse(origin, bytes, hangUp) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(Buffer.from(bytes, 'latin1')));
    const chunks = [];
    const done = () => resolve(answersIn(Buffer.concat(chunks).toString('latin1')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', done);
    // A server that has answered may close while bytes of the attack are still on their way.
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done() : reject(error),
    );
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`silence for ${PATIENCE} ms`)));
    hangUp?.then(() => socket.destroy(), reject);
  });
}

/** The code of a refusal, else the status. */
export const codeOf = ({ status, body, headers }) =>
  headers['content-type'] === 'application/problem+json' ? JSON.parse(body).code : status;

function answersIn(text) {
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

const length = (headers) => Number(headers['content-length'] ?? Infinity);

function chunksIn(text) {
  let at = 0;
  const parts = [];
  for (;;) {
    const [head, digits] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20)) ?? [];
    if (!digits) return { text: parts.join(''), length: text.length };
    const size = parseInt(digits, 16);
    parts.push(text.slice(at + head.length, at + head.length + size));
    at += head.length + size + 2;
    if (size === 0) return { text: parts.join(''), length: at };
  }
}
