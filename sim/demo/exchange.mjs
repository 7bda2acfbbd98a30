// One HTTP request, and the whole answer to it.
import http from 'node:http';
import { pairsOf } from '../forward.mjs';

const MAX_BYTES = 4 << 20;

/**
 * Sends a request: `{ request, response }`. Both have `headers` as pairs of name and value, in order and as
 * they were written. It uses node:http, where an abort destroys the connection; fetch may forget its signal
 * while a body arrives.
 */
export function exchange(url, { method = 'GET', headers = {}, body = '' }, signal) {
  return new Promise((resolve, reject) => {
    const fail = (error) => reject(signal.aborted ? signal.reason : error);
    if (signal.aborted) return fail();
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
    const outgoing = http.request(url, { method, headers: { ...headers, ...length }, agent: false, signal });
    const request = { method, url, headers: sentHeaders(outgoing), body };
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const chunks = [];
      let size = 0;
      incoming.on('data', (chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_BYTES) outgoing.destroy(new Error(`the answer has more than ${MAX_BYTES} bytes`));
      });
      incoming.on('error', fail);
      incoming.on('close', () => fail(new Error('the answer broke off')));
      incoming.on('end', () => {
        const response = {
          status: incoming.statusCode,
          headers: pairsOf(incoming.rawHeaders),
          body: Buffer.concat(chunks).toString(),
        };
        resolve({ request, response });
      });
    });
    outgoing.end(body);
  });
}

function sentHeaders(outgoing) {
  return outgoing.getRawHeaderNames().map((name) => [name, String(outgoing.getHeader(name))]);
}
