// Reads as much of WebAssembly's binary format as it takes to see which function calls which, and with what.
import { Reader } from '../../scripts/wasm-reader.mjs';

/**
 * Reads the functions of a module in order, imported ones first: `{ name, calls }`. `calls` has, for each call,
 * the index of the function, and the constant that is its last argument, if it is one. `memory(address,
 * length)` returns the initial bytes of the memory.
 */
export function readModule(bytes) {
  const { sections, custom } = readSections(bytes);
  const imported = (sections.get(2)?.list(readImport) ?? []).filter((name) => name !== undefined);
  const bodies = sections.get(10).list((reader) => readBody(reader.part(reader.number())));
  const names = readNames(custom.get('name'));
  const functions = [...imported.map((name) => ({ name, calls: [] })), ...bodies.map((calls) => ({ calls }))];
  functions.forEach((found, index) => {
    found.name = names.get(index) ?? found.name ?? `function ${index}`;
  });
  const initial = initialMemory(sections.get(11)?.list(readData) ?? []);
  const memory = (address, length) =>
    address + length <= initial.length ? initial.subarray(address, address + length) : undefined;
  return { functions, memory };
}

// The segments leave out runs of zeros, even in the middle of a value.
function initialMemory(data) {
  const placed = data.filter(({ start }) => start !== Infinity);
  const initial = new Uint8Array(Math.max(0, ...placed.map(({ start, content }) => start + content.length)));
  for (const { start, content } of placed) initial.set(content, start);
  return initial;
}

function readSections(bytes) {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== '\0asm') throw new SyntaxError('this is no WebAssembly');
  const reader = new Reader(bytes, 8);
  const sections = new Map();
  const custom = new Map();
  while (!reader.ended()) {
    const id = reader.byte();
    const part = reader.part(reader.number());
    if (id === 0) custom.set(part.text(), part);
    else sections.set(id, part);
  }
  return { sections, custom };
}

function readImport(reader) {
  const name = `${reader.text()}.${reader.text()}`;
  const kind = reader.byte();
  if (kind === 0) {
    reader.number();
    return name;
  }
  if (kind === 1) readReferenceType(reader);
  if (kind === 1 || kind === 2) readLimits(reader);
  if (kind === 3) {
    readReferenceType(reader);
    reader.byte();
  }
  if (kind === 4) reader.skip(2);
  return undefined;
}

function readLimits(reader) {
  const flags = reader.byte();
  reader.number();
  if (flags & 1) reader.number();
}

/** Skips a value type. One with a heap type is longer than a byte. */
function readReferenceType(reader) {
  const byte = reader.byte();
  if (byte === 0x63 || byte === 0x64) reader.number();
}

/** Reads a segment of data. A passive one has no address. */
function readData(reader) {
  const kind = reader.number();
  if (kind === 2) reader.number();
  const start = kind === 1 ? Infinity : readAddress(reader);
  return { start, content: reader.sized() };
}

/** Reads a constant expression: `i32.const`, its number, `end`. */
function readAddress(reader) {
  if (reader.byte() !== 0x41) throw new SyntaxError('an address that is no constant');
  const address = reader.number();
  if (reader.byte() !== 0x0b) throw new SyntaxError('an address that is no constant');
  return address;
}

function readBody(reader) {
  reader.list((one) => {
    one.number();
    readReferenceType(one);
  });
  return scan(reader);
}

function readNames(reader) {
  const names = new Map();
  while (reader && !reader.ended()) {
    const id = reader.byte();
    const part = reader.part(reader.number());
    if (id === 1) part.list((one) => names.set(one.number(), one.text()));
  }
  return names;
}

// Immediates by opcode: n is a number, m a memory argument, b a block type; the others are explained below.
/** @type {Map<number, string>} */
const IMMEDIATES = new Map(
  /** @type {[number, string][]} */ ([
    ...[0x02, 0x03, 0x04, 0x06].map((code) => [code, 'b']),
    ...[0x07, 0x08, 0x09, 0x0c, 0x0d, 0x18, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0x41, 0x42, 0xd0].map(
      (code) => [code, 'n'],
    ),
    ...Array.from({ length: 15 }, (_, index) => [0x28 + index, 'm']),
    ...[0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e].map((code) => [code, 'm']),
    [0x43, '4'],
    [0x44, '8'],
  ]),
);

/** Returns the calls of a function's body. */
function scan(reader) {
  const calls = [];
  let constant;
  while (!reader.ended()) {
    const code = reader.byte();
    if (code === 0x41) {
      constant = reader.number();
      continue;
    }
    if (code === 0x10 || code === 0x12) calls.push([reader.number(), constant]);
    else if (code === 0x11 || code === 0x13) immediates(reader, 'nn');
    else if (code === 0xd2) reader.number();
    else if (code === 0x0e) {
      reader.list((one) => one.number());
      reader.number();
    } else if (code === 0x1c) reader.list(readReferenceType);
    else if (code === 0x1f) tryTable(reader);
    else if (code === 0xfc) bulk(reader, reader.number());
    else if (code === 0xfd) simd(reader, reader.number());
    else immediates(reader, IMMEDIATES.get(code) ?? '');
    constant = undefined;
  }
  return calls;
}

function immediates(reader, kinds) {
  for (const kind of kinds) {
    if (kind === 'b') {
      if (reader.bytes[reader.at] === 0x63 || reader.bytes[reader.at] === 0x64) reader.skip(1);
      reader.number();
    } else if (kind === 'n') reader.number();
    else if (kind === 'm') {
      // An alignment of 64 or more says that the index of a memory follows.
      if (reader.number() & 64) reader.number();
      reader.number();
    } else reader.skip(Number(kind));
  }
}

function tryTable(reader) {
  immediates(reader, 'b');
  reader.list((one) => {
    const kind = one.byte();
    if (kind < 2) one.number();
    one.number();
  });
}

function bulk(reader, code) {
  if (code < 8) return;
  if (code > 17) throw new SyntaxError(`an instruction that is not known: fc ${code}`);
  immediates(
    reader,
    { 8: 'nn', 9: 'n', 10: 'nn', 11: 'n', 12: 'nn', 13: 'n', 14: 'nn', 15: 'n', 16: 'n', 17: 'n' }[code],
  );
}

function simd(reader, code) {
  if (code <= 11 || code === 92 || code === 93) immediates(reader, 'm');
  else if (code === 12 || code === 13) reader.skip(16);
  else if (code >= 21 && code <= 34) reader.skip(1);
  else if (code >= 84 && code <= 91) {
    immediates(reader, 'm');
    reader.skip(1);
  }
}
