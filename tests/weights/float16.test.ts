import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToFloat16,
  toFloat32,
} from '../../src/weights/float16.js';

// What PyTorch gives.
const reference = JSON.parse(
  readFileSync(new URL('../fixtures/safetensors/halves.json', import.meta.url), 'utf8'),
) as { singles: string; halves: string; allHalvesSha256: string; notNumbers: number };

function ownBuffer(base64: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(base64, 'base64')).buffer;
}

const allHalves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

describe('float16ToFloat32', () => {
  it('gives what PyTorch gives for every bit pattern', () => {
    const singles = float16ToFloat32(allHalves);
    const numbers = singles.filter((value) => !Number.isNaN(value));
    expect(singles.length - numbers.length).toBe(reference.notNumbers);
    expect(createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex')).toBe(
      reference.allHalvesSha256,
    );
  });
});

describe('float32ToFloat16', () => {
  it('rounds as PyTorch does: normal, subnormal, ties, overflow, zeros of both signs', () => {
    const singles = new Float32Array(ownBuffer(reference.singles));
    expect(float32ToFloat16(singles)).toEqual(new Uint16Array(ownBuffer(reference.halves)));
  });

  it('brings every half back, NaN as NaN', () => {
    const singles = float16ToFloat32(allHalves);
    const back = float32ToFloat16(singles);
    const changed = allHalves.filter((half, index) => {
      const isNaNHalf = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
      // NaN keeps its sign and payload, made quiet.
      return back[index] !== (isNaNHalf ? half | 0x200 : half);
    });
    expect([...changed]).toEqual([]);
  });

  it('takes the nearest of all halves, the even one of two', () => {
    const finite = allHalves.filter((half) => half < 0x7c00);
    const values = float16ToFloat32(finite);
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65_504, noNaN: true }), (value) => {
        const [half] = float32ToFloat16(Float32Array.of(value));
        const [rounded] = float16ToFloat32(Uint16Array.of(half));
        const distance = Math.abs(rounded - value);
        for (const neighbour of [half - 1, half + 1]) {
          if (neighbour >= 0 && neighbour < values.length) {
            const other = Math.abs(values[neighbour] - value);
            expect(distance < other || (distance === other && half % 2 === 0)).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a view at an offset', () => {
    const view = new Float32Array(Float32Array.of(9, 1, -2).buffer, 4, 2);
    expect([...float32ToFloat16(view)]).toEqual([0x3c00, 0xc000]);
  });
});

describe('toFloat32', () => {
  it('widens bfloat16 exactly', () => {
    const bits = Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0x0001, 0x8000);
    const expected = [1, -3.140625, Number.POSITIVE_INFINITY, 2 ** -133, -0];
    expect([...bfloat16ToFloat32(bits)]).toEqual(expected);
  });

  it('turns each type of real numbers into float32 and no other', () => {
    const shape = [2];
    const expected = { type: 'float32', shape, data: Float32Array.of(1, -2) };
    expect(toFloat32({ type: 'float64', shape, data: Float64Array.of(1, -2) })).toEqual(expected);
    expect(toFloat32({ type: 'float32', shape, data: Float32Array.of(1, -2) })).toEqual(expected);
    const halves = Uint16Array.of(0x3c00, 0xc000);
    expect(toFloat32({ type: 'float16', shape, data: halves })).toEqual(expected);
    const upperHalves = Uint16Array.of(0x3f80, 0xc000);
    expect(toFloat32({ type: 'bfloat16', shape, data: upperHalves })).toEqual(expected);
    expect(toFloat32({ type: 'int32', shape, data: Int32Array.of(1, -2) })).toBeNull();
    expect(toFloat32({ type: 'bool', shape, data: Uint8Array.of(1, 0) })).toBeNull();
  });
});
