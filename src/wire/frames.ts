// The parts that requests and replies share: identities, decimal numbers, JSON that nobody vouches for.
import { constants, isUtf8 } from 'node:buffer';

/** The longest identity, in bytes; ZeroMQ's own limit for the names of peers. */
export const maximalIdentityBytes = 255;
/** The longest request id. The original counts from 1; 32 digits are more than any counter reaches. */
const maximalDigits = 32;
const digits = /^[0-9]+$/;

/** The same bytes as a Buffer, not copied. */
function asBuffer(frame: Uint8Array): Buffer {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}

/** The identity in `frame`; nothing where it is empty or too long to be one. */
export function readIdentity(frame: Uint8Array | undefined): Buffer | undefined {
  const possible = frame && frame.length > 0 && frame.length <= maximalIdentityBytes;
  return possible ? asBuffer(frame) : undefined;
}

/** The decimal number in `frame`, as text; nothing where it holds anything but 1 to 32 digits. */
export function readDigits(frame: Uint8Array | undefined): string | undefined {
  if (!frame || frame.length > maximalDigits) {
    return undefined;
  }
  const text = asBuffer(frame).toString('latin1');
  return digits.test(text) ? text : undefined;
}

/**
 * The JSON value in `frame`.
 * @param refuse makes the error to throw from what is wrong
 */
export function readJson(frame: Uint8Array, what: string, refuse: (problem: string) => Error) {
  if (frame.length > constants.MAX_STRING_LENGTH) {
    throw refuse(`${what} are ${frame.length} bytes long, more than can be read as one text`);
  }
  if (!isUtf8(frame)) {
    throw refuse(`${what} are not UTF-8`);
  }
  try {
    const value: unknown = JSON.parse(asBuffer(frame).toString('utf8'));
    return value;
  } catch {
    throw refuse(`${what} are not JSON`);
  }
}
