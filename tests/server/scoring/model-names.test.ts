// Names under which models are served.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isModelName, parseNamedReferences } from '../../../src/server/scoring/model-names.js';

describe('parseNamedReferences', () => {
  it.each([
    ['my-model', 'my-model', 'my-model'],
    ['./runs/best/', 'best', './runs/best/'],
    ['toxic=./runs/best', 'toxic', './runs/best'],
    ['toxic=owner/name@main', 'toxic', 'owner/name@main'],
    ['owner/name@main', 'name', 'owner/name'],
    ['models/a b.zip', 'a-b', 'models/a b.zip'],
    ['./x=1/model', 'model', './x=1/model'],
  ])('%s is served as %s', (word, name, reference) => {
    const [named] = parseNamedReferences([word]);
    expect(named.name).toBe(name);
    expect(named.reference.startsWith(reference)).toBe(true);
  });

  it.each([['=x'], ['a='], ['.hidden=x'], ['a b=x'], [`${'x'.repeat(97)}=y`], ['..']])(
    'refuses %s',
    (word) => {
      expect(() => parseNamedReferences([word])).toThrow('expected NAME=REF');
    },
  );

  it('refuses two of one name', () => {
    expect(() => parseNamedReferences(['a/m', 'b/m'])).toThrow('write NAME=b/m');
  });

  it('gives only names that are no paths', () => {
    fc.assert(
      fc.property(fc.string(), (word) => {
        try {
          const [{ name }] = parseNamedReferences([word]);
          expect(isModelName(name)).toBe(true);
          expect(name).toMatch(/^[A-Za-z0-9][\w.-]{0,95}$/);
        } catch (error) {
          expect(error).toHaveProperty('code', 'OPTION_INVALID');
        }
      }),
    );
  });
});
