// The backend's special paths: answers that a proxy may get wrong.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pause, stream, untilClosed } from './answer.mjs';

/**
 * Returns the answer for a path like `/status/404` or `/sse`: `(req, res, url, record) => …`, or undefined for
 * other paths.
 */
export function special(url) {
  const [, name, argument] = url.pathname.split('/');
  if (!Object.hasOwn(ANSWERS, name)) return undefined;
  return async (req, res, _url, record) => ANSWERS[name]({ req, res, url, record, number: Number(argument) || 0 });
}

const ANSWERS = {
  /** `/status/NNN`: answers with that status after the whole body. */
  status: async ({ res, number, record }) => {
    await record.arrived;
    res.writeHead(number >= 200 && number <= 599 ? number : 200, { 'x-backend': 'status' });
    res.end(BODILESS.has(number) ? undefined : `${number}\n`);
  },

  /** `/redirect?to=…`: answers 302. */
  redirect: ({ res, url }) =>
    res.writeHead(302, { location: url.searchParams.get('to') ?? 'https://elsewhere.invalid/' }).end(),

  /** `/bytes/N`: sends N known bytes with Content-Length. */
  bytes: ({ req, res, number }) => {
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': number });
    return req.method === 'HEAD' ? res.end() : stream(res, knownBytes(number));
  },

  /** `/chunked/N`: sends N known bytes without Content-Length. */
  chunked: ({ req, res, number }) => {
    res.writeHead(200, { 'content-type': 'application/octet-stream' });
    return req.method === 'HEAD' ? res.end() : stream(res, knownBytes(number));
  },

  /** `/pipe`: sends the request's body back while it arrives. */
  pipe: ({ req, res }) => {
    res.writeHead(200, { 'content-type': req.headers['content-type'] ?? 'application/octet-stream' });
    res.flushHeaders();
    return stream(res, req);
  },

  /** `/slow-headers/MS`: sends nothing for that long. */
  'slow-headers': async ({ res, number }) => {
    if (await pause(number, untilClosed(res))) res.writeHead(200, { 'content-type': 'text/plain' }).end('late\n');
  },

  /** `/sse?count=5&interval=100`: sends server-sent events over time. */
  sse: async ({ res, url }) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    res.flushHeaders();
    const signal = untilClosed(res);
    const count = Number(url.searchParams.get('count') ?? 5);
    const interval = Number(url.searchParams.get('interval') ?? 100);
    for (let id = 1; id <= count; id += 1) {
      if (!(await pause(interval, signal))) return;
      res.write(`id: ${id}\ndata: event ${id}\n\n`);
    }
    res.end();
  },

  /** `/gzip`: sends a compressed body. */
  gzip: ({ res }) => {
    const body = gzipSync(JSON.stringify({ compressed: true }));
    res
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': body.length })
      .end(body);
  },

  /** `/close-early`: sends a tenth of what Content-Length says, then destroys the connection. */
  'close-early': ({ res }) => {
    res.writeHead(200, { 'content-type': 'text/plain', 'content-length': 1000 });
    res.write('x'.repeat(100), () => res.destroy());
  },

  /** `/never`: sends no answer. */
  never: () => {},

  /** `/cookies`: sends two Set-Cookie headers. */
  cookies: ({ res }) =>
    res
      .writeHead(200, [
        'Set-Cookie',
        'a=1; Path=/; HttpOnly',
        'Set-Cookie',
        'b=2; Path=/; Expires=Wed, 01 Jan 2099 00:00:00 GMT',
      ])
      .end(),

  /** `/file`: sends 64 KiB with an ETag. Answers conditional requests and requests for one range. */
  file: ({ req, res }) => {
    const common = { etag: FILE_ETAG, 'accept-ranges': 'bytes' };
    if (req.headers['if-none-match'] === FILE_ETAG) return res.writeHead(304, common).end();
    const range = /^bytes=(\d*)-(\d*)$/.exec(req.headers.range ?? '');
    if (!range || (range[1] === '' && range[2] === ''))
      return res.writeHead(200, { ...common, 'content-length': FILE.length }).end(FILE);
    const first = range[1] === '' ? Math.max(0, FILE.length - Number(range[2])) : Number(range[1]);
    const last = range[1] === '' || range[2] === '' ? FILE.length - 1 : Math.min(Number(range[2]), FILE.length - 1);
    if (first > last) return res.writeHead(416, { ...common, 'content-range': `bytes */${FILE.length}` }).end();
    const headers = {
      ...common,
      'content-range': `bytes ${first}-${last}/${FILE.length}`,
      'content-length': last - first + 1,
    };
    return res.writeHead(206, headers).end(FILE.subarray(first, last + 1));
  },
};

const BODILESS = new Set([204, 205, 304]);

// 251 is a prime, so no power of two hides a chunk that is lost or sent twice.
const PATTERN = Buffer.from(Array.from({ length: 251 * 256 }, (_, index) => index % 251));

/** Yields N bytes. The byte at offset i is i mod 251. */
export function* knownBytes(length) {
  for (let left = length; left > 0; left -= PATTERN.length) yield PATTERN.subarray(0, Math.min(left, PATTERN.length));
}

const FILE = Buffer.concat([...knownBytes(64 << 10)]);
const FILE_ETAG = `"${createHash('sha256').update(FILE).digest('hex').slice(0, 16)}"`;
