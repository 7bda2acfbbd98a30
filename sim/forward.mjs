// The second half of the gateway: it sends one request on to its target, and the answer back unchanged.
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { Refusal, untilClosed } from './answer.mjs';

// Fields of one connection (RFC 9110, section 7.6.1), and fields that frame the message.
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Streams `req` to `target` with these headers (`[name, value]` pairs), and the answer to `res`. Redirects are
 * not followed. A header that `res` already has keeps its value.
 */
export async function forward(req, res, { target, headers, timeoutMs }) {
  const answer = await exchange(req, { target, headers, timeoutMs, signal: untilClosed(res) });
  const pairs = pairsOf(answer.rawHeaders).filter(
    ([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !res.hasHeader(name),
  );
  res.writeHead(answer.statusCode, answer.statusMessage, pairs.flat());
  await pipeline(answer, res).catch(() => res.destroy());
}

/** Returns the names and values of a message, in order and as they were written. */
export function pairsOf(rawHeaders) {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index],
    rawHeaders[2 * index + 1],
  ]);
}

function exchange(req, { target, headers, timeoutMs, signal }) {
  return new Promise((resolve, reject) => {
    const client = target.protocol === 'https:' ? https : http;
    const outgoing = client.request(target, {
      method: req.method,
      headers: [['host', target.host], ...headers].flat(),
      agent: false,
      signal,
    });
    const timer = setTimeout(() => {
      reject(new Refusal(503, 'target_timeout', `${target.origin} sent no answer within ${timeoutMs} ms`));
      outgoing.destroy();
    }, timeoutMs);
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.on('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    outgoing.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      reject(new Refusal(502, 'target_unreachable', `${target.origin}: ${error.code ?? error.message}`)),
    );
    // A pipeline is not used, since it would end the caller's connection together with the target's.
    req.pipe(outgoing);
  });
}
