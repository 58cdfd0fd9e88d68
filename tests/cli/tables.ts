// The table that the tests of the command line learn from, and the arrays that they read back.
import { readFileSync } from 'node:fs';

const words = ['the', 'article', 'and', 'page', 'edit', 'source', 'history'];

/** Rows with an id, a text, and two labels that follow from its words. */
export function commentTable(rows: number): string {
  const lines = Array.from({ length: rows }, (_, at) => {
    const isToxic = at % 3 === 0;
    const isThanks = at % 4 === 0;
    const text = `${words[at % 7]} ${words[at % 5]}, ${isToxic ? 'shit you are' : 'good information'} ${isThanks ? 'thanks' : 'now'} ${at}`;
    return `r${at},"${text}",${Number(isToxic)},${Number(isThanks)}`;
  });
  return `id,comment_text,toxic,thanks\n${lines.join('\n')}\n`;
}

/** The shape and the values of a .npy file of float32, as NumPy's format has them. */
export function readNpy(path: string): { shape: number[]; values: Float32Array } {
  const bytes = readFileSync(path);
  const isNpy = bytes.subarray(0, 6).equals(Buffer.from('\x93NUMPY', 'latin1'));
  if (!isNpy) throw new Error(`${path} is not a .npy file`);
  const start = bytes[6] === 1 ? 10 : 12;
  const end = start + (bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const header = bytes.toString('latin1', start, end);
  const matched = /'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]*)\)/.exec(header);
  if (matched === null) throw new Error(`${path} has the header ${header}`);
  const shape = matched[1].split(',').map((size) => size.trim());
  const values = new Float32Array(new Uint8Array(bytes.subarray(end)).buffer);
  return { shape: shape.filter((size) => size !== '').map(Number), values };
}
