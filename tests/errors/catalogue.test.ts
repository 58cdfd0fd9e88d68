// The catalogue of errors: how its entries are written, and that docs/errors.md says the same.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorPage } from '../../scripts/error-page.mjs';
import { errorCatalogue } from '../../src/errors/catalogue.js';
import { type ErrorCode, PolytagError, polytagError } from '../../src/errors/index.js';

const page = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
const codes = Object.keys(errorCatalogue) as ErrorCode[];

/** What the page says of each code, by code. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section): [string, string] => {
      const [code, ...lines] = section.split('\n');
      return [code, lines.join('\n').split(/^## /m)[0]];
    }),
);

describe('docs/errors.md', () => {
  it('is what npm run docs:errors writes', () => {
    expect(page).toBe(errorPage());
  });

  it('has every code once, and no other (npm run docs:errors writes it)', () => {
    expect([...sections.keys()].sort()).toEqual([...codes].sort());
    expect(page.match(/^### /gm)).toHaveLength(codes.length);
  });

  it.each(codes)('says of %s what the catalogue says', (code) => {
    const { meaning, remedy } = errorCatalogue[code];
    const section = sections.get(code) ?? '';
    expect(section).toContain(`\n${meaning}\n`);
    expect(section).toContain(`\n**How to solve:** ${remedy}\n`);
  });
});

describe('an entry', () => {
  it.each(codes)('%s: capitals for a code, sentences for meaning and remedy', (code) => {
    const { meaning, remedy } = errorCatalogue[code];
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
    expect(meaning).toMatch(/^[A-Z0-9].*[.]$/);
    expect(remedy).toMatch(/^[A-Z0-9].*[.]$/);
  });
});

describe('polytagError', () => {
  it('fills in the sentence, and keeps code, remedy and cause', () => {
    const cause = new Error('the cause');
    const error = polytagError('FILE_MISSING', { file: 'none.csv' }, { cause });
    expect(error).toBeInstanceOf(PolytagError);
    expect(error).toMatchObject({
      name: 'PolytagError',
      code: 'FILE_MISSING',
      message: 'cannot find none.csv',
      remedy: errorCatalogue.FILE_MISSING.remedy,
      cause,
    });
  });
});
