import { describe, expect, it } from 'vitest';
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
} from '../../../src/cli/terminal/quantities.js';

describe('quantities', () => {
  it.each([
    [0, '0.0 s'],
    [440, '0.4 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [49_400, '49 s'],
    [59_600, '1 min 00 s'],
    [65_000, '1 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
    [100_800_000, '1 d 4 h'],
  ])('%i ms are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each([
    [512, '512 B'],
    [1_234, '1.2 kB'],
    [999_499, '999 kB'],
    [999_600, '1.0 MB'],
    [90_868_376, '90.9 MB'],
    [99_960_000, '100 MB'],
    [5e15, '5000 TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('counts with separators, and bytes in their own units', () => {
    expect(formatCount(36_797)).toBe('36,797');
    expect(formatAmount(1_000_000, 'rows')).toBe('1,000,000 rows');
    expect(formatAmount(2_500_000, 'bytes')).toBe('2.5 MB');
  });

  it('gives small rates decimals', () => {
    expect(formatRate(1234.5, 'rows')).toBe('1,235 rows/s');
    expect(formatRate(4.26, 'epochs')).toBe('4.3 epochs/s');
    expect(formatRate(0.25, 'epochs')).toBe('0.25 epochs/s');
    expect(formatRate(2_500_000, 'bytes')).toBe('2.5 MB/s');
  });
});
