/** Reads Kafka's encodings from bytes that may be anything.
 * Every method throws a RangeError where the bytes end too early or say what cannot be. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next bytes; they share memory with what is read. */
  take(length: number): Buffer {
    if (length < 0 || length > this.left)
      throw new RangeError(`${length} bytes of ${this.left} are asked for.`);
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

  /** Exact up to 2^53, which no offset or time reaches. */
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
    throw new RangeError('A number does not end.');
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

  /** -1 is null, which says no more than an empty list here. */
  #list<T>(length: number, read: () => T): T[] {
    // Each item takes a byte at least, so that a wrong length cannot keep us here.
    if (length < -1 || length > this.left) throw new RangeError(`A list of ${length} in ${this.left} bytes.`);
    const list: T[] = [];
    for (let at = 0; at < length; at++) list.push(read());
    return list;
  }
}
