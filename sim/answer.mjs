// Small pieces of an HTTP answer.
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The answer to this request is a status and `{"error": code, "message": text}`. */
export class Refusal extends Error {
  constructor(status, code, message, headers = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Sends a JSON answer. */
export function sendJson(res, status, body, headers = {}) {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  res.end(bytes);
}

/** Reads a whole request body of at most `limit` bytes. */
export async function readBody(req, limit = 1 << 20) {
  const chunks = [];
  let length = 0;
  for await (const chunk of req) {
    length += chunk.length;
    if (length > limit) throw new Refusal(413, 'body_too_large', `the body has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Returns a signal that fires when the answer is finished or its connection is gone, so that no timer outlives
 * it.
 */
export function untilClosed(res) {
  const controller = new AbortController();
  if (res.closed) controller.abort();
  res.once('close', () => controller.abort());
  return controller.signal;
}

/** Waits. Resolves to false if the signal fires first. */
export function pause(ms, signal) {
  return sleep(ms, true, { signal }).catch(() => false);
}

/** Streams an iterable as the body. A client that goes away ends it. */
export function stream(res, chunks) {
  return pipeline(chunks, res).catch(() => {});
}
