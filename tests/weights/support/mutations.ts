// Damages bytes in the ways that files are damaged, and in the ways that attackers damage them.
import type { RandomSource } from '../../../src/data/random.js';

const numbers = [
  '0',
  '1',
  '-1',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551615',
  '18446744073709551616',
  '1e400',
  '0.5',
];

const texts = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\u0000',
  '\\ud800',
  '{}',
  '[]',
  'null',
  '\0',
  ' ',
];
const words = ['F64', 'F8_E4M3', 'BOOL', 'I8', '__metadata__', '__proto__', 'dtype', 'shape'];

type Mutation = (bytes: Buffer, random: RandomSource) => Buffer;

function splice(bytes: Buffer, start: number, end: number, piece: Uint8Array | string): Buffer {
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(piece), bytes.subarray(end)]);
}

const pick = <Item>(items: readonly Item[], random: RandomSource): Item =>
  items[random.nextInteger(items.length)];

const place = (bytes: Buffer, random: RandomSource): number => random.nextInteger(bytes.length + 1);

function range(bytes: Buffer, random: RandomSource): [number, number] {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + random.nextInteger(24))];
}

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) {
      copy[random.nextInteger(copy.length)] ^= 1 << random.nextInteger(8);
    }
    return copy;
  },
  (bytes, random) => {
    const at = place(bytes, random);
    return splice(bytes, at, at + 1, Buffer.of(random.nextInteger(256)));
  },
  (bytes, random) => splice(bytes, ...range(bytes, random), ''),
  (bytes, random) => {
    const at = place(bytes, random);
    return splice(bytes, at, at, bytes.subarray(...range(bytes, random)));
  },
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => {
    const at = place(bytes, random);
    return splice(bytes, at, at, pick([...texts, ...words, ...numbers], random));
  },
  // Replaces a whole number in a text.
  (bytes, random) => {
    const found = [...bytes.toString('latin1').matchAll(/\d+/g)];
    if (found.length === 0) {
      return bytes;
    }
    const { index, 0: digits } = pick(found, random);
    return splice(bytes, index, index + digits.length, pick(numbers, random));
  },
  // Replaces a quoted word in a text.
  (bytes, random) => {
    const found = [...bytes.toString('latin1').matchAll(/"[^"]*"/g)];
    if (found.length === 0) {
      return bytes;
    }
    const { index, 0: word } = pick(found, random);
    return splice(bytes, index, index + word.length, `"${pick(words, random)}"`);
  },
  // Writes the largest values of each width.
  (bytes, random) => {
    const at = place(bytes, random);
    return splice(bytes, at, at + 4, Buffer.alloc(1 + random.nextInteger(10), 0xff));
  },
];

/** A damaged copy of `bytes`: one mutation, or with falling chance more of them. */
export function mutate(bytes: Uint8Array, random: RandomSource): Buffer {
  let mutant: Buffer = pick(mutations, random)(Buffer.from(bytes), random);
  while (random.nextInteger(3) === 0) {
    mutant = pick(mutations, random)(mutant, random);
  }
  return mutant;
}
