// Triton's binary tensor data extension: tensors as bytes after the JSON of a request or an answer.
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
import { isUtf8 } from 'node:buffer';
import { Refusal } from '../../http/refusal.js';

/** The header that tells how many bytes of a body are its JSON. */
export const jsonLengthHeader = 'inference-header-content-length';

function invalid(problem: string): Refusal {
  return new Refusal('REQUEST_INVALID', problem);
}

/** A body cut where its JSON ends. */
export interface SplitBody {
  readonly json: Buffer;
  readonly binary: Buffer;
}

/**
 * Cuts a body.
 * @param header the value of `jsonLengthHeader`; undefined: all of the body is JSON
 * @throws Refusal REQUEST_INVALID
 */
export function splitBody(bytes: Uint8Array, header: string | undefined): SplitBody {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header === undefined) return { json: body, binary: body.subarray(body.length) };
  const length = /^\d{1,15}$/.test(header.trim()) ? Number(header) : Number.POSITIVE_INFINITY;
  if (length > body.length) {
    throw invalid(
      `Inference-Header-Content-Length is not a number of bytes up to ${body.length}, the whole body`,
    );
  }
  return { json: body.subarray(0, length), binary: body.subarray(length) };
}

/**
 * The strings of a BYTES tensor: each four bytes of length, little-endian, and its UTF-8.
 * @param name what to call the tensor in refusals
 * @param most strings at most
 * @throws Refusal REQUEST_INVALID
 */
export function readStrings(bytes: Buffer, name: string, most: number): string[] {
  const strings: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at + 4;
    const end = start > bytes.length ? Number.POSITIVE_INFINITY : start + bytes.readUInt32LE(at);
    if (end > bytes.length) {
      throw invalid(`the binary data of input ${name} ends within its element ${strings.length}`);
    }
    if (strings.length === most) {
      throw invalid(`input ${name} has more than ${most} elements; send them in several requests`);
    }
    const element = bytes.subarray(start, end);
    if (!isUtf8(element)) {
      throw invalid(`element ${strings.length} of input ${name} is not UTF-8`);
    }
    strings.push(element.toString('utf8'));
    at = end;
  }
  return strings;
}

/** The bytes of a BYTES tensor. */
export function writeStrings(strings: readonly string[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const element = Buffer.from(string);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}
