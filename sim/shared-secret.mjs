// The header by which a backend recognises requests from the worker.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a request has the header `demanded`, `{ header, value }`, exactly once. Null demands none. */
export function hasSharedSecret(demanded, req) {
  if (demanded === null) return true;
  const { header, value } = demanded;
  const sent = req.headersDistinct[String(header).toLowerCase()] ?? [];
  return typeof value === 'string' && value !== '' && sent.length === 1 && equal(sent[0], value);
}

const digest = (text) => createHash('sha256').update(text).digest();
const equal = (left, right) => timingSafeEqual(digest(left), digest(right));
