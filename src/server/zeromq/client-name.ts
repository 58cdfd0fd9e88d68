// What a client is called in the status and in the log, whatever bytes its identity has.

const printable = /^[!-~]+$/;

/** The identity itself where it is printable ASCII without spaces, as the original's are; else its bytes in hexadecimal. */
export function clientName(identity: Uint8Array): string {
  const bytes = Buffer.from(identity.buffer, identity.byteOffset, identity.byteLength);
  const text = bytes.toString('latin1');
  return printable.test(text) ? text : `0x${bytes.toString('hex')}`;
}
