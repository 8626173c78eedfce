/** Reads Kafka's encodings from untrusted bytes.
 * Every method throws a RangeError for truncated or impossible input. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Returns the next bytes, which share memory with the input. */
  take(length: number): Buffer {
    if (length < 0 || length > this.left)
      throw new RangeError(`${length} bytes requested, ${this.left} left.`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  int8(): number {
    return this.take(1).readInt8();
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  int32(): number {
    return this.take(4).readInt32BE();
  }

  /** Exact up to 2^53; no offset or time is larger. */
  int64(): number {
    return Number(this.take(8).readBigInt64BE());
  }

  string(): string {
    return this.take(this.int16()).toString();
  }

  /** Zigzag, of up to ten bytes. */
  varint(): number {
    let sum = 0;
    let factor = 1;
    for (let length = 1; length <= 10; length++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      sum += (byte & 0x7f) * factor;
      if (byte < 0x80) return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
      factor *= 0x80;
    }
    throw new RangeError('A varint is too long.');
  }

  varBytes(): Buffer | null {
    const length = this.varint();
    return length === -1 ? null : this.take(length);
  }

  array<T>(read: () => T): T[] {
    return this.#list(this.int32(), read);
  }

  varArray<T>(read: () => T): T[] {
    return this.#list(this.varint(), read);
  }

  /** A length of -1 is null, treated as an empty list. */
  #list<T>(length: number, read: () => T): T[] {
    // Each item takes at least a byte, so this check bounds the loop for a corrupt length.
    if (length < -1 || length > this.left)
      throw new RangeError(`A list claims ${length} items, but only ${this.left} bytes are left.`);
    const list: T[] = [];
    for (let at = 0; at < length; at++) list.push(read());
    return list;
  }
}
