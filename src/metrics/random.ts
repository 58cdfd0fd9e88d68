// Random numbers from a seed, the same on every machine; for resampling, not for secrets.

/**
 * A generator of unsigned 32-bit integers: xoshiro128** of D. Blackman and S. Vigna (2018,
 * https://prng.di.unimi.it/xoshiro128starstar.c, public domain).
 * @param state four 32-bit words, not all 0
 */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

/**
 * A generator for `seed`, so that neighbouring seeds give unrelated numbers.
 * @param seed an integer from 0 to 2^53 - 1
 * @throws RangeError if it is not
 */
export function seededGenerator(seed: number): () => number {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed ${seed}; expected an integer from 0 to 2^53 - 1`);
  }
  const low = seed >>> 0;
  const high = Math.floor(seed / 2 ** 32);
  // The golden ratio's bits keep the four words apart, and from being 0 together.
  const word = (index: number) => mix(low ^ mix(high + Math.imul(index, 0x9e3779b9)));
  return xoshiro128([word(1), word(2), word(3), word(4)]);
}

/** Scrambles the bits of a word, one to one: the finalizer of MurmurHash3 (A. Appleby, public domain). */
function mix(word: number): number {
  let bits = word | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
