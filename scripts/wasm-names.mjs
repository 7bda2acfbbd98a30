// Shortens the names of functions in a WebAssembly file. The compiler gives each name a hash of 16 hexadecimal
// digits, which no compression makes smaller and no reader of a stack trace needs.
import { Reader } from './wasm-reader.mjs';

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
  const shorten = (id, content) => (id === CUSTOM_SECTION ? shortened(content) : content);
  return Buffer.concat([bytes.subarray(0, HEADER_BYTES), ...sections(reader, shorten)]);
}

/** Shortens the names if a custom section is the one that has them. */
function shortened(content) {
  const reader = new Reader(content);
  const title = reader.text();
  if (title !== 'name') return content;
  const shorten = (id, names) => (id === FUNCTION_NAMES ? shortNames(names) : names);
  return Buffer.concat([sized(Buffer.from(title)), ...sections(reader, shorten)]);
}

/** Reads sections up to the end, and returns each with what `change` makes of its content. */
function sections(reader, change) {
  const parts = [];
  while (!reader.ended()) {
    const id = reader.byte();
    parts.push(Buffer.of(id), sized(change(id, reader.sized())));
  }
  return parts;
}

function shortNames(content) {
  const names = new Reader(content).list((one) => ({ index: one.number(), name: one.text() }));
  const entries = names.flatMap(({ index, name }) => [leb128(index), sized(Buffer.from(name.replaceAll(HASHES, '')))]);
  return Buffer.concat([leb128(names.length), ...entries]);
}

const sized = (content) => Buffer.concat([leb128(content.length), content]);

function leb128(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.of(...bytes, rest);
    bytes.push((rest % 128) | 128);
  }
}
