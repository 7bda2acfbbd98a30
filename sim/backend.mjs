// A simulated backend: says what it received, and counts everything that reached it.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Refusal, sendJson } from './answer.mjs';
import { special } from './backend-paths.mjs';
import { isControl } from './control.mjs';
import { pairsOf } from './forward.mjs';
import { serve } from './server.mjs';
import { Settings } from './settings.mjs';
import { hasSharedSecret } from './shared-secret.mjs';
import { echo, refuseUpgrade } from './websocket.mjs';

const TEXT_LIMIT = 16 << 10;

/**
 * Starts the backend: `{ url, counters, requests, settings, reset(), close() }`. `counters` holds
 * `connections`, `requests` and `bodyBytes`, without those of the controls; `requests` holds the last
 * `settings.keep` requests as they arrived. A body is hashed while it streams in and is not kept. With
 * `settings.sharedSecret`, `{ header, value }`, a request without that header is noted and refused.
 *
 * @param {{ port?: number, settings?: object }} [options]
 */
export async function startBackend({ port = 0, settings: given } = {}) {
  const settings = new Settings({ keep: 100, sharedSecret: null }, given);
  const backend = { settings };
  const controls = {
    settings: settings.control,
    counters: { read: () => backend.counters, change: () => (backend.reset(), backend.counters) },
    requests: { read: () => backend.requests },
  };

  /** Sets the counters to zero and forgets the requests. */
  backend.reset = () => {
    backend.counters = { connections: 0, requests: 0, bodyBytes: 0 };
    backend.requests = [];
  };
  backend.reset();

  async function handle(req, res, url) {
    const record = receive(backend, req);
    if (!hasSharedSecret(settings.values.sharedSecret, req))
      throw new Refusal(403, 'shared_secret_wrong', 'not from the worker');
    const answer = special(url);
    if (answer) return answer(req, res, url, record);
    await record.arrived;
    return sendJson(res, 200, record, { 'cache-control': 'no-store' });
  }

  const server = await serve({ name: 'backend', port, handle, controls });
  countConnections(backend, server.server);
  server.server.on('upgrade', (req, socket, head) => {
    receive(backend, req);
    if (!hasSharedSecret(settings.values.sharedSecret, req)) return refuseUpgrade(socket, '403 Forbidden');
    return req.url.split('?')[0] === '/upgrade' ? echo(req, socket, head) : refuseUpgrade(socket);
  });
  return Object.assign(backend, { url: server.url, close: server.close });
}

/** Notes a request. Its `body` is complete once `arrived`, which is not in the JSON, has settled. */
function receive(backend, req) {
  backend.counters.requests += 1;
  const record = {
    method: req.method,
    url: req.url,
    httpVersion: req.httpVersion,
    headers: pairsOf(req.rawHeaders),
    body: { length: 0, complete: false },
  };
  backend.requests.push(record);
  backend.requests.splice(0, backend.requests.length - backend.settings.values.keep);

  const { body } = record;
  const hash = createHash('sha256');
  let start = [];
  req.on('data', (chunk) => {
    backend.counters.bodyBytes += chunk.length;
    body.length += chunk.length;
    hash.update(chunk);
    start = body.length <= TEXT_LIMIT ? [...start, chunk] : [];
  });
  const arrived = new Promise((resolve) => {
    req.on('close', resolve);
    req.on('end', () => {
      body.complete = true;
      body.sha256 = hash.digest('hex');
      const text = Buffer.concat(start);
      if (body.length <= TEXT_LIMIT && isUtf8(text)) body.text = text.toString();
      resolve(undefined);
    });
  });
  Object.defineProperty(record, 'arrived', { value: arrived });
  return record;
}

/** Counts connections, silent ones too. A connection whose first request is a control does not count. */
function countConnections(backend, server) {
  const fresh = new WeakSet();
  server.on('connection', (socket) => {
    fresh.add(socket);
    backend.counters.connections += 1;
  });
  server.prependListener('request', (req) => {
    if (fresh.delete(req.socket) && isControl({ pathname: req.url.split('?')[0] })) backend.counters.connections -= 1;
  });
}
