// The playground: a page for the demo, and the server of that page. It runs only on this machine; nothing of it
// is deployed.
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { readBody, Refusal, sendJson } from './answer.mjs';
import { playgroundApi } from './demo/playground-api.mjs';
import { serve } from './server.mjs';

const FOLDER = new URL('playground/', import.meta.url);
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const MAX_BODY = 32 << 10;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Serves the page for what startStage() has started: `{ url, close() }`. */
export async function startPlayground(stage, port = stage.playgroundPort) {
  const files = readFiles();
  const api = playgroundApi(stage);

  async function handle(req, res, url) {
    for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
    demandOwnHost(req);
    if (req.method === 'POST') demandOwnPage(req);
    else if (req.method !== 'GET' && req.method !== 'HEAD')
      throw new Refusal(405, 'method_not_allowed', 'there are GET, HEAD and POST', { allow: 'GET, HEAD, POST' });

    const [, name] = url.pathname.match(/^\/api\/([a-z]+)$/) ?? [];
    const acts = req.method === 'POST' ? api.post : api.get;
    if (name !== undefined && Object.hasOwn(acts, name)) {
      return sendJson(res, 200, await acts[name](req.method === 'POST' ? await jsonObject(req) : {}));
    }
    const file = req.method === 'POST' ? undefined : files.get(url.pathname);
    if (!file) throw new Refusal(404, 'not_found', url.pathname);
    return res
      .writeHead(200, { 'content-type': `${file.type}; charset=utf-8`, 'content-length': file.bytes.length })
      .end(file.bytes);
  }

  const server = await serve({ name: 'playground', port, handle });
  return { url: server.url, close: server.close };
}

/**
 * Reads the files of the page, by path.
 *
 * @returns {Map<string, { type: string, bytes: Buffer }>}
 */
function readFiles() {
  const files = readdirSync(FOLDER).filter((name) => Object.hasOwn(TYPES, extname(name)));
  return new Map(
    files.map((name) => [
      name === 'index.html' ? '/' : `/${name}`,
      { type: TYPES[extname(name)], bytes: readFileSync(new URL(name, FOLDER)) },
    ]),
  );
}

/** Demands the server's own name. Any other name that leads here is somebody else's: DNS rebinding. */
function demandOwnHost({ headers: { host }, socket: { localPort } }) {
  if (![`127.0.0.1:${localPort}`, `localhost:${localPort}`].includes(host))
    throw new Refusal(421, 'host_unknown', 'the playground answers to 127.0.0.1 and localhost only');
}

/** Demands that an order comes from the page itself, never from another site. */
function demandOwnPage({ headers }) {
  if (headers.origin !== `http://${headers.host}`)
    throw new Refusal(403, 'origin_refused', 'only the playground’s own page may do that');
  if (headers['content-type'] !== 'application/json')
    throw new Refusal(415, 'content_type', 'the body must be application/json');
}

async function jsonObject(req) {
  const bytes = await readBody(req, MAX_BODY);
  let value;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    // The value stays undefined, which is refused below.
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Refusal(400, 'body_invalid', 'the body must be a JSON object');
  return value;
}
