// Decodes UTF-8 piece by piece, refusing what is not UTF-8, and says where.
import { isUtf8 } from 'node:buffer';

/** Turns chunks of bytes into chunks of text; a byte order mark at the start is dropped. */
export class Utf8Decoder {
  /** Bytes of a character whose rest is still to come; at most three. */
  private unfinished: Buffer = Buffer.alloc(0);
  private atStart = true;

  /**
   * The text of `bytes`, without the last character if that is cut off.
   *
   * @returns the text; or, if there is an invalid byte, null and the valid text in front of it
   */
  decode(bytes: Uint8Array): { text: string; valid: boolean } {
    const all =
      this.unfinished.length === 0
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : Buffer.concat([this.unfinished, bytes]);
    const whole = all.length - cutOffLength(all);
    // A copy: the reader may use the chunk's memory again.
    this.unfinished = Buffer.from(all.subarray(whole));
    return this.toText(all.subarray(0, whole));
  }

  /** What is left at the end: nothing, unless the last character was cut off. */
  finish(): { text: string; valid: boolean } {
    return { text: '', valid: this.unfinished.length === 0 };
  }

  private toText(bytes: Buffer): { text: string; valid: boolean } {
    const valid = isUtf8(bytes);
    let text = (valid ? bytes : bytes.subarray(0, validLength(bytes))).toString('utf8');
    if (this.atStart && bytes.length > 0) {
      this.atStart = false;
      text = text.startsWith('\ufeff') ? text.slice(1) : text;
    }
    return { text, valid };
  }
}

/** How many bytes at the end begin a character that needs more bytes. */
function cutOffLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) {
      return 0;
    }
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? back : 0;
    }
  }
  return 0;
}

/** The number of bytes in front of the first invalid one, up to three more or less; found by halving. */
function validLength(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const part = bytes.subarray(0, middle);
    if (isUtf8(part.subarray(0, middle - cutOffLength(part)))) {
      valid = middle;
    } else {
      invalid = middle;
    }
  }
  return valid;
}
