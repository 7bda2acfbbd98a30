// One HTTP server on loopback. Every simulated party is one or more of these.
import http from 'node:http';
import { Refusal, sendJson } from './answer.mjs';
import { answerControl, isControl } from './control.mjs';
import { listen } from './listen.mjs';

// More than Cloudflare allows. By default Node refuses heads that are longer than 16 KiB, and drops the fields
// after the 2000th.
const MAX_HEAD_BYTES = 256 << 10;

/**
 * Listens on 127.0.0.1 (`port` 0: any free one). `handle(req, res, url)` receives every request except those
 * for the controls, which `controls` answer (see control.mjs).
 */
export async function serve({ name, port = 0, handle, controls = {} }) {
  // Idle connections stay open longer than any client keeps them, so that no client meets one that is being
  // closed.
  const server = http.createServer(
    { requestTimeout: 0, keepAliveTimeout: 120_000, maxHeaderSize: MAX_HEAD_BYTES },
    (req, res) => {
      answer(req, res).catch((error) => refuse(req, res, error));
    },
  );
  server.maxHeadersCount = 0;
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const origin = await listen(server, port);

  async function answer(req, res) {
    const target = req.url.startsWith('/') ? `${origin}${req.url}` : req.url;
    if (!URL.canParse(target)) throw new Refusal(400, 'target_invalid', `not a request target: ${req.url}`);
    const url = new URL(target);
    if (isControl(url)) return answerControl({ name, origin, controls }, req, res, url);
    return handle(req, res, url);
  }

  /** Stops listening and destroys every open connection. */
  function close() {
    return new Promise((resolve) => {
      server.close(resolve);
      for (const socket of sockets) socket.destroy();
    });
  }

  return { name, url: origin, server, close };
}

function refuse(req, res, error) {
  if (res.headersSent || res.destroyed) return res.destroy();
  // The rest of the body is read and dropped. Otherwise the client would not see the answer.
  req.resume();
  if (error instanceof Refusal) {
    return sendJson(res, error.status, { error: error.code, message: error.message }, error.headers);
  }
  return sendJson(res, 500, { error: 'simulation_failed', message: String(error?.stack ?? error) });
}
