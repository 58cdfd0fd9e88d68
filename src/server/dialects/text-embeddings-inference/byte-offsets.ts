// Offsets into a string as offsets into its UTF-8 bytes: Rust's strings, and so Text Embeddings Inference, count those.

/**
 * Bytes before each UTF-16 code unit, and before the end: [text.length + 1]. A surrogate without its other half is
 * U+FFFD, as everywhere where a string becomes UTF-8.
 */
export function byteOffsets(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length + 1);
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    offsets[index] = bytes;
    const code = text.codePointAt(index) ?? 0;
    if (code > 0xffff) {
      // Between the halves there is no place in the bytes: the character's end.
      bytes += 4;
      index += 1;
      offsets[index] = bytes;
    } else bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  offsets[text.length] = bytes;
  return offsets;
}
