// Seeded random numbers: the same seed gives the same sequence on every machine.

/** Any typed array whose elements can be swapped. */
type Shufflable =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

const mask64 = (1n << 64n) - 1n;

/**
 * The generator xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021; https://prng.di.unimi.it/xoshiro128starstar.c), its state filled by
 * splitmix64 as the authors advise. Period 2^128 - 1; not for secrets.
 */
export class RandomSource {
  private readonly state: Uint32Array;

  /** @param seed any safe integer; neighbouring seeds give unrelated sequences */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`a seed must be a safe integer, not ${seed}`);
    }
    this.state = new Uint32Array(4);
    let mixed = BigInt.asUintN(64, BigInt(seed));
    for (let word = 0; word < 4; word += 2) {
      mixed = (mixed + 0x9e3779b97f4a7c15n) & mask64;
      const value = scramble(mixed);
      this.state[word] = Number(value & 0xffffffffn);
      this.state[word + 1] = Number(value >> 32n);
    }
  }

  /** The next 32 random bits as an unsigned integer. */
  nextBits(): number {
    const state = this.state;
    const product = Math.imul(state[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 11) | (state[3] >>> 21);
    return result;
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  nextFloat(): number {
    const high = this.nextBits() >>> 5;
    const low = this.nextBits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Uniform in {0, .., below - 1}, without bias. `below` is an integer from 1 to 2^32. */
  nextInteger(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`an integer from 1 to 2^32 is needed, not ${below}`);
    }
    // The values from the last whole multiple of `below` on would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const bits = this.nextBits();
      if (bits < limit) {
        return bits % below;
      }
    }
  }

  /** Puts the elements into a random order, in place (Fisher and Yates), and returns the array. */
  shuffle<Values extends Shufflable>(values: Values): Values {
    for (let last = values.length - 1; last > 0; last--) {
      const other = this.nextInteger(last + 1);
      const value = values[last];
      values[last] = values[other];
      values[other] = value;
    }
    return values;
  }
}

// The output function of splitmix64 (https://prng.di.unimi.it/splitmix64.c).
function scramble(state: bigint): bigint {
  let value = state;
  value = ((value ^ (value >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
  value = ((value ^ (value >> 27n)) * 0x94d049bb133111ebn) & mask64;
  return value ^ (value >> 31n);
}
