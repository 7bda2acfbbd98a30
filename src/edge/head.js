// What Rust reads of a request. A call between WebAssembly and JavaScript costs as much as a part of the
// cryptography, and so does a string that crosses: all that Rust reads crosses at once.

const encoder = new TextEncoder();

/** @type {string[]} */
let fields = [];

/**
 * Slots of requests that have ended without a report. The next head brings them to Rust.
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
 * Writes the slots that were not reported, the method, the URL and the values of the fields, one a line.
 * None of them can hold a line feed. Returns how many bytes that are, or how many are enough if there are
 * too few.
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
