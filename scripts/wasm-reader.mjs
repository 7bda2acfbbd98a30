// Reads the parts of WebAssembly's binary format (WebAssembly Core Specification, chapter 5) one after the other.

/** A place in the bytes of a module, or of a part of it. */
export class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} [at]
   * @param {number} [end]
   */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  ended() {
    return this.at >= this.end;
  }

  byte() {
    if (this.ended()) throw new RangeError('the module ends too early');
    return this.bytes[this.at++];
  }

  /** Reads a LEB128 number. Only indices and lengths are used, which are small and unsigned. */
  number() {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  /** @param {number} count */
  skip(count) {
    if (this.at + count > this.end) throw new RangeError('the module ends too early');
    this.at += count;
  }

  /** @param {number} length */
  bytesOf(length) {
    this.skip(length);
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** Reads bytes after their number. */
  sized() {
    return this.bytesOf(this.number());
  }

  text() {
    return new TextDecoder().decode(this.sized());
  }

  /**
   * Reads a number, and then as many items.
   * @template T
   * @param {(reader: Reader) => T} read
   */
  list(read) {
    return Array.from({ length: this.number() }, () => read(this));
  }

  /** @param {number} length */
  part(length) {
    this.skip(length);
    return new Reader(this.bytes, this.at - length, this.at);
  }
}
