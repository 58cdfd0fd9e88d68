// The text of a chosen file: UTF-8, or UTF-16 where it says so in its first bytes, as spreadsheets write it.

/** Most bytes of a file that is read. */
export const mostFileBytes = 64 * 1024 * 1024;

/** The text of `bytes`; undefined where they are no text in either encoding. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const mark = bytes.length >= 2 ? (bytes[0] << 8) | bytes[1] : 0;
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
