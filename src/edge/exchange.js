/**
 * Carries out one HTTP exchange within `millis` milliseconds, with a response of at most `maxBytes` bytes. The
 * promise never rejects: `fault` says what went wrong. `call` is JSON, see `Call` in src/keys/exchange.rs.
 * @param {string} call
 * @param {number} millis
 * @param {number} maxBytes
 */
export async function exchange(call, millis, maxBytes) {
  const signal = AbortSignal.timeout(millis);
  try {
    const { url, ...init } = JSON.parse(call);
    const response = await fetch(url, { ...init, redirect: 'manual', cache: 'no-store', signal });
    const bytes = await read(response, maxBytes);
    if (bytes === null) return { fault: 'the response is too large' };
    return { status: response.status, etag: response.headers.get('etag') ?? undefined, bytes };
  } catch {
    return { fault: signal.aborted ? 'the response took too long' : 'no response' };
  }
}

/**
 * Returns the body of a response, or null if it has more than `maxBytes` bytes.
 * @param {Response} response
 * @param {number} maxBytes
 */
async function read(response, maxBytes) {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
