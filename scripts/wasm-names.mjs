// Shortens the names of functions in a WebAssembly file. The compiler gives each name a hash of 16 hexadecimal
// digits, which no compression makes smaller and no reader of a stack trace needs.

const HASHES = /::h[0-9a-f]{16}(?![0-9a-zA-Z_])|\[[0-9a-f]{16}\]/g;
const HEADER_BYTES = 8;
// Of the sections, and of the subsections of the section `name` (WebAssembly Core Specification, appendix A.4).
const CUSTOM_SECTION = 0;
const FUNCTION_NAMES = 1;

/**
 * Returns the module with the same functions and with names without hashes.
 * @param {Buffer} bytes
 */
export function withoutHashes(bytes) {
  const reader = new Reader(bytes, HEADER_BYTES);
  const parts = [bytes.subarray(0, HEADER_BYTES)];
  while (!reader.ended()) {
    const id = reader.byte();
    const content = reader.bytesOf(reader.number());
    parts.push(section(id, id === CUSTOM_SECTION ? shortened(content) : content));
  }
  return Buffer.concat(parts);
}

/** Shortens the names if a custom section is the one that has them. */
function shortened(content) {
  const reader = new Reader(content);
  const title = reader.bytesOf(reader.number());
  if (title.toString() !== 'name') return content;
  const parts = [sized(title)];
  while (!reader.ended()) {
    const id = reader.byte();
    const names = reader.bytesOf(reader.number());
    parts.push(section(id, id === FUNCTION_NAMES ? shortNames(names) : names));
  }
  return Buffer.concat(parts);
}

function shortNames(content) {
  const reader = new Reader(content);
  const count = reader.number();
  const parts = [leb128(count)];
  for (let i = 0; i < count; i += 1) {
    parts.push(leb128(reader.number()));
    parts.push(sized(Buffer.from(reader.bytesOf(reader.number()).toString().replaceAll(HASHES, ''))));
  }
  return Buffer.concat(parts);
}

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  ended() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes.readUInt8(this.at++);
  }

  number() {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  bytesOf(length) {
    if (this.at + length > this.bytes.length) throw new RangeError('the module ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

const section = (id, content) => Buffer.concat([Buffer.of(id), sized(content)]);
const sized = (content) => Buffer.concat([leb128(content.length), content]);

function leb128(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.of(...bytes, rest);
    bytes.push((rest % 128) | 128);
  }
}
