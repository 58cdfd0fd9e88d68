// Writes protocol buffer messages as a list of chunks: small fields are gathered, large byte fields are passed on uncopied.
// Wire format: https://protobuf.dev/programming-guides/encoding/

/** Byte fields from this size on become chunks of their own. */
const UNCOPIED_BYTES = 1024;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** One message under construction. Fields are written in the order of the calls. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];
  #gathered: number[] = [];
  #byteLength = 0;

  /** An int32, int64, enum or bool field; negative numbers take ten bytes, as the format wants. */
  integer(field: number, value: number | bigint): this {
    this.#varint(BigInt(field * 8 + VARINT));
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** A float field (32 bits). */
  float(field: number, value: number): this {
    this.#varint(BigInt(field * 8 + FIXED_32));
    this.#gather(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** A string field. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A bytes field. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint(BigInt(field * 8 + LENGTH_DELIMITED));
    this.#varint(BigInt(value.length));
    this.#append(value);
    return this;
  }

  /** A message field; the child must be complete. */
  message(field: number, child: MessageWriter): this {
    this.#varint(BigInt(field * 8 + LENGTH_DELIMITED));
    this.#varint(BigInt(child.#byteLength));
    for (const chunk of child.finish()) this.#append(chunk);
    return this;
  }

  /** The whole message, in order. */
  finish(): Uint8Array[] {
    this.#flush();
    return this.#chunks;
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.#gather([Number(rest & 127n) | 128]);
    this.#gather([Number(rest)]);
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length < UNCOPIED_BYTES) {
      this.#gather(bytes);
      return;
    }
    this.#flush();
    this.#chunks.push(bytes);
    this.#byteLength += bytes.length;
  }

  #gather(bytes: Iterable<number> & { readonly length: number }): void {
    for (const byte of bytes) this.#gathered.push(byte);
    this.#byteLength += bytes.length;
  }

  #flush(): void {
    if (this.#gathered.length === 0) return;
    this.#chunks.push(Uint8Array.from(this.#gathered));
    this.#gathered = [];
  }
}
