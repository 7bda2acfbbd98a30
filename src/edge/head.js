// The part of a request that Rust reads. It crosses to Rust in one call, because each call between WebAssembly and
// JavaScript, and each string that crosses, costs a considerable part of what the cryptography costs.

const encoder = new TextEncoder();

/** @type {string[]} */
let fields = [];

/**
 * The slots of requests that have ended without a report. The next head brings them to Rust.
 * @type {number[]}
 */
export const unreported = [];

/**
 * Sets the names of the fields to read, in lower case.
 * @param {string[]} names
 */
export function install(names) {
  fields = names;
}

/**
 * Writes the slots without a report, the method, the URL and the values of the fields, one per line. None of them
 * can contain a line feed. Returns the number of bytes that were written. If `bytes` is too short, returns a
 * sufficient length instead.
 * @param {Request} request
 * @param {Uint8Array} bytes
 */
export function writeHead(request, bytes) {
  const { headers } = request;
  let text = `${unreported.join(' ')}\n${request.method}\n${request.url}`;
  for (const field of fields) text += `\n${headers.get(field) ?? ''}`;
  const { read, written } = encoder.encodeInto(text, bytes);
  if (read < text.length) return 3 * text.length;
  unreported.length = 0;
  return written;
}
