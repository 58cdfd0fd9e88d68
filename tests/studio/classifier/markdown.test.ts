// Model cards as blocks and spans; what is not understood stays text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBlocks } from '../../../studio/classifier/model/markdown-blocks.js';
import { readSpans, type Span } from '../../../studio/classifier/model/markdown-spans.js';

function textOf(spans: readonly Span[]): string {
  return spans.map((span) => ('spans' in span ? textOf(span.spans) : span.text)).join('');
}

describe('readSpans', () => {
  it.each<[string, Span[]]>([
    [
      'a `b*c*` d',
      [
        { kind: 'text', text: 'a ' },
        { kind: 'code', text: 'b*c*' },
        { kind: 'text', text: ' d' },
      ],
    ],
    ['``a ` b``', [{ kind: 'code', text: 'a ` b' }]],
    ['**x**', [{ kind: 'strong', spans: [{ kind: 'text', text: 'x' }] }]],
    [
      '*x* snake_case_name',
      [
        { kind: 'emphasis', spans: [{ kind: 'text', text: 'x' }] },
        { kind: 'text', text: ' snake_case_name' },
      ],
    ],
    [
      '[a](https://b.example/c)',
      [{ kind: 'link', spans: [{ kind: 'text', text: 'a' }], address: 'https://b.example/c' }],
    ],
    ['[a](javascript:alert)', [{ kind: 'text', text: 'a' }]],
    ['[a](data:text/html,x)', [{ kind: 'text', text: 'a' }]],
    ['![c](curves.svg)', [{ kind: 'image', text: 'c', address: 'curves.svg' }]],
    ['\\*x\\* <b>', [{ kind: 'text', text: '*x* <b>' }]],
  ])('%s', (line, spans) => {
    expect(readSpans(line)).toEqual(spans);
  });

  it('loses no letter, and links to the web only', () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      ' ',
      '*',
      '_',
      '`',
      '[',
      ']',
      '(',
      ')',
      '!',
      '\\',
      ':',
      'https://x.y',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (line) => {
        const spans = readSpans(line);
        const walk = (each: readonly Span[]): void => {
          for (const span of each) {
            if (span.kind === 'link') expect(span.address).toMatch(/^https?:\/\//);
            if ('spans' in span) walk(span.spans);
          }
        };
        walk(spans);
        if (!line.includes('](')) {
          expect(textOf(spans).replace(/[^ab]/g, '')).toBe(line.replace(/[^ab]/g, ''));
        }
      }),
    );
  });
});

describe('readBlocks', () => {
  it('reads what cards are made of', () => {
    const blocks = readBlocks(
      [
        '---\ntags: [a]\n---',
        '# Title #',
        'One\ntwo',
        '- a\n  goes on\n- b',
        '1. x\n2) y',
        '> quoted\n> text',
        '```ts\nconst a = 1;\n\n# no heading\n```',
        '| a | `b|c` |\n|---|:-:|\n| 1 | 2\\|3 |\n| 4 |',
        '***',
        '<script>alert(1)</script>',
      ].join('\n\n'),
    );
    expect(blocks.map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
      'quote',
      'code',
      'table',
      'rule',
      'paragraph',
    ]);
    const shown = blocks.map((block) => {
      if (block.kind === 'list') return block.items.map(textOf);
      if (block.kind === 'code') return block.text;
      if (block.kind === 'table') return [block.head, ...block.rows].map((row) => row.map(textOf));
      return block.kind === 'rule' ? '' : textOf(block.spans);
    });
    expect(shown).toEqual([
      'Title',
      'One two',
      ['a goes on', 'b'],
      ['x', 'y'],
      'quoted text',
      'const a = 1;\n\n# no heading',
      [['a', 'b|c'], ['1', '2|3'], ['4']],
      '',
      '<script>alert(1)</script>',
    ]);
  });

  it('reads any text, and comes to an end', () => {
    const unit = fc.constantFrom('a', '\n', '|', '-', '#', '`', ' ', '>', '*', '1', '.', '~');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), (text) => {
        expect(Array.isArray(readBlocks(text))).toBe(true);
      }),
    );
    expect(readBlocks('```\nnever ends')).toHaveLength(1);
  });
});
