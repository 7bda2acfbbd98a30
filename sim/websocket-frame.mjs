// Frames of the WebSocket protocol (RFC 6455, section 5.2): no extensions, under 2^32 bytes.

/**
 * Returns the first frame in `bytes`, unmasked: `{ first, opcode, payload, length }`, or undefined while it is
 * incomplete.
 */
export function parseFrame(bytes) {
  if (bytes.length < 2) return undefined;
  let offset = 2;
  let size = bytes[1] & 0x7f;
  if (size === 126 || size === 127) {
    offset = size === 126 ? 4 : 10;
    if (bytes.length < offset) return undefined;
    size = size === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  }
  const masked = (bytes[1] & 0x80) !== 0;
  const start = offset + (masked ? 4 : 0);
  if (bytes.length < start + size) return undefined;
  const mask = bytes.subarray(offset, start);
  const payload = Buffer.from(bytes.subarray(start, start + size));
  if (masked) for (let index = 0; index < payload.length; index += 1) payload[index] ^= mask[index & 3];
  return { first: bytes[0], opcode: bytes[0] & 0x0f, payload, length: start + size };
}

/**
 * Builds a frame whose first byte is `first`. A client must mask its frames; a mask of zeros leaves them
 * unchanged.
 */
export function buildFrame(first, payload, { masked = false } = {}) {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
  header[0] = first;
  header[1] = (masked ? 0x80 : 0) | (length < 126 ? length : length < 65536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), payload]);
}
