import { describe, expect, it } from 'vitest';
import {
  displayWidth,
  fitToWidth,
  padToWidth,
  printable,
} from '../../../src/cli/terminal/display-text.js';

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['toxic', 5],
    ['naïve', 5],
    ['nai\u0308ve', 5],
    ['有害', 4],
    ['ﾊﾝｶｸ', 4],
    ['한국어', 6],
    ['ＡＢ', 4],
    ['𠀀', 2],
    ['😀', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['\u200b', 0],
    ['ελληνικά', 8],
    ['–…', 2],
  ])('%s fills %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('padToWidth', () => {
  it('fills up by display width, on either side', () => {
    expect(padToWidth('有害', 6, 'left')).toBe('有害  ');
    expect(padToWidth('0.5', 6, 'right')).toBe('   0.5');
    expect(padToWidth('too long', 3, 'left')).toBe('too long');
  });
});

describe('fitToWidth', () => {
  it.each([
    ['toxic', 5, 'toxic'],
    ['toxic', 4, 'tox…'],
    ['有害な', 5, '有害…'],
    ['有害な', 4, '有…'],
    ['toxic', 1, '…'],
    ['toxic', 0, ''],
  ])('%s in %i columns is %s', (text, width, expected) => {
    expect(fitToWidth(text, width)).toBe(expected);
  });
});

describe('printable', () => {
  it('lets nothing steer the terminal', () => {
    expect(printable('a\x1b[31mb\nc\u202ed\u009b')).toBe('a�[31mb�c�d�');
    expect(printable('naïve 有害 😀')).toBe('naïve 有害 😀');
  });
});
