// How the words given to options are read.
import { describe, expect, it } from 'vitest';
import {
  decimal,
  parseFeatures,
  parseLayers,
  parseNames,
  parseValidation,
  wholeNumber,
} from '../../src/cli/option-parsers.js';

describe('whole numbers', () => {
  it('takes those of the range, with blanks around', () => {
    expect(['1', ' 12 ', '+3', '100'].map(wholeNumber(1, 100))).toEqual([1, 12, 3, 100]);
  });

  it.each(['0', '101', '-1', '1.5', '1e2', '0x10', '', ' ', 'many', 'NaN', 'Infinity'])(
    'refuses "%s" with the range',
    (word) => {
      expect(() => wholeNumber(1, 100)(word)).toThrow('Expected a whole number from 1 to 100.');
    },
  );

  it('has no upper bound but that of exact numbers, if none is given', () => {
    expect(wholeNumber(0)('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => wholeNumber(0)('9007199254740993')).toThrow('of at least 0');
  });
});

describe('decimal numbers', () => {
  const share = decimal('from 0 to below 1', (value) => value >= 0 && value < 1);

  it('takes those that are valid', () => {
    expect(['0', '.5', '1e-3', ' 0.25 '].map(share)).toEqual([0, 0.5, 0.001, 0.25]);
  });

  it.each(['1', '-0.1', '', '1,5', 'NaN', 'Infinity'])('refuses "%s"', (word) => {
    expect(() => share(word)).toThrow('Expected a number from 0 to below 1.');
  });
});

describe('names', () => {
  it.each([
    ['toxic', ['toxic']],
    ['toxic, insult ,threat', ['toxic', 'insult', 'threat']],
    ['"food, drink",travel', ['food, drink', 'travel']],
    ['"say ""hi""",b', ['say "hi"', 'b']],
  ])('reads %s', (word, names) => {
    expect(parseNames(word)).toEqual(names);
  });

  it.each(['', ',', 'a,', ',a', 'a,,b', ' , ', '"a', 'a"b,c', '""'])('refuses "%s"', (word) => {
    expect(() => parseNames(word)).toThrow('Expected names with commas between.');
  });
});

describe('layers and features', () => {
  it('reads layers from either end', () => {
    expect(parseLayers('-2')).toEqual([-2]);
    expect(parseLayers('0, 12,-1')).toEqual([0, 12, -1]);
  });

  it.each(['', 'last', '1.5', '-', '1,,2', '12345'])('refuses the layers "%s"', (word) => {
    expect(() => parseLayers(word)).toThrow('Expected layer numbers');
  });

  it('reads poolings of layers, the last one if none is named', () => {
    expect(parseFeatures('mean:-1, max , first:0,mean_max:-2+-1')).toEqual([
      { pooling: 'mean', layers: [-1] },
      { pooling: 'max', layers: [-1] },
      { pooling: 'first', layers: [0] },
      { pooling: 'mean_max', layers: [-2, -1] },
    ]);
  });

  it.each(['', 'none:-1', 'average:-1', 'mean:', 'mean:-1:-2', 'mean:-1,'])(
    'refuses the features "%s"',
    (word) => {
      expect(() => parseFeatures(word)).toThrow('Expected ');
    },
  );
});

describe('validation', () => {
  it('takes a number as a share and anything else as a table', () => {
    expect(parseValidation('0.2')).toBe(0.2);
    expect(parseValidation('held-out.csv')).toBe('held-out.csv');
    expect(parseValidation('-')).toBe('-');
  });

  it.each(['0', '1', '-0.1', '10', ''])('refuses the share "%s"', (word) => {
    expect(() => parseValidation(word)).toThrow('Expected a share above 0 and below 1');
  });
});
