// Numbers as JSON: every float32 reads back as itself, in as few letters as can be.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32Text } from '../../../src/server/http/number-text.js';

/** The definition: the first precision whose text reads back. */
function slowText(value: number): string {
  for (let digits = 1; ; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
}

const bits = new DataView(new ArrayBuffer(4));

function fromBits(pattern: number): number {
  bits.setUint32(0, pattern);
  return bits.getFloat32(0);
}

describe('float32Text', () => {
  it('reads back as the same bits, for any finite float32', () => {
    const anyBits = fc.integer({ min: 0, max: 0xffffffff }).map(fromBits).filter(Number.isFinite);
    fc.assert(
      fc.property(anyBits, (value) => {
        const text = float32Text(value);
        return Object.is(Math.fround(JSON.parse(text) as number), value);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is as short as the definition allows, for values as vectors hold them', () => {
    const usual = fc.float({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(usual, (value) => {
        // Where two are equally near, either will do.
        return value === 0 || float32Text(value).length === slowText(value).length;
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [10, '10'],
    [100000, '100000'],
    [Math.fround(0.001), '0.001'],
    [Math.fround(1.000001), '1.000001'],
    [Math.fround(-1e-6), '-0.000001'],
    [Math.fround(9999999.5), '10000000'],
    [-0.5, '-0.5'],
    [Math.fround(0.1), '0.1'],
    [Math.fround(1 / 3), '0.33333334'],
    [16777216, '16777216'],
    [fromBits(1), '1e-45'],
    [fromBits(0x7f7fffff), '3.4028235e+38'],
  ])('writes %d as %s', (value, text) => {
    expect(float32Text(value)).toBe(text);
  });
});
