// Reads the part of Markdown that model cards are written in, into plain data: headings, paragraphs, lists, tables,
// code and quotes. Anything else, HTML too, stays the text that it is.
import { readSpans, type Span } from './markdown-spans.js';

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph' | 'quote'; readonly spans: readonly Span[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly items: readonly (readonly Span[])[];
    }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly (readonly Span[])[];
      readonly rows: readonly (readonly (readonly Span[])[])[];
    }
  | { readonly kind: 'rule' };

const fence = /^(`{3,}|~{3,})\s*([\w-]*)/;
const heading = /^(#{1,6})\s+(.*?)\s*#*$/;
const bullet = /^\s{0,3}[-*+]\s+(.*)$/;
const numbered = /^\s{0,3}\d{1,9}[.)]\s+(.*)$/;
const quoted = /^>\s?(.*)$/;
const rule = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** The lines after the front matter that Hugging Face puts first. */
function withoutFrontMatter(lines: readonly string[]): readonly string[] {
  if (lines[0] !== '---') return lines;
  const end = lines.indexOf('---', 1);
  return end === -1 ? lines : lines.slice(end + 1);
}

/** The cells of a table row; `\|` and `|` inside of code are no borders. */
function tableCells(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  const cells = inner.match(/(?:`[^`]*`|\\.|[^|])*(?:\||$)/g) ?? [];
  const texts = cells.map((cell) => cell.replace(/\|$/, '').replaceAll('\\|', '|').trim());
  // The pattern also matches the nothing at the end.
  return inner.endsWith('|') ? texts : texts.slice(0, -1);
}

/** Reads lines one block after another. */
class BlockReader {
  #at = 0;

  constructor(private readonly lines: readonly string[]) {}

  read(): Block[] {
    const blocks: Block[] = [];
    while (this.#at < this.lines.length) {
      const block = this.#block();
      if (block !== undefined) blocks.push(block);
    }
    return blocks;
  }

  get #line(): string {
    return this.lines[this.#at] ?? '';
  }

  /** Takes lines for as long as `take` makes something of them. */
  #take(take: (line: string) => string | undefined): string[] {
    const taken: string[] = [];
    while (this.#at < this.lines.length) {
      const made = take(this.#line);
      if (made === undefined) break;
      taken.push(made);
      this.#at++;
    }
    return taken;
  }

  #block(): Block | undefined {
    const line = this.#line;
    if (line.trim() === '') {
      this.#at++;
      return undefined;
    }
    const title = heading.exec(line);
    if (title !== null) {
      this.#at++;
      return { kind: 'heading', level: title[1].length, spans: readSpans(title[2]) };
    }
    if (fence.test(line)) return this.#code();
    if (rule.test(line)) {
      this.#at++;
      return { kind: 'rule' };
    }
    if (bullet.test(line)) return this.#list(bullet, false);
    if (numbered.test(line)) return this.#list(numbered, true);
    if (quoted.test(line)) {
      const inner = this.#take((each) => quoted.exec(each)?.[1]);
      return { kind: 'quote', spans: readSpans(inner.join(' ')) };
    }
    if (this.#atTable()) return this.#table();
    return { kind: 'paragraph', spans: readSpans(this.#paragraph().join(' ')) };
  }

  #atTable(): boolean {
    return this.#line.includes('|') && tableRule.test(this.lines[this.#at + 1] ?? '');
  }

  #code(): Block {
    const [, marks, language] = fence.exec(this.#line) ?? ['', '```', ''];
    this.#at++;
    const inner = this.#take((line) => (line.startsWith(marks) ? undefined : line));
    this.#at++;
    return { kind: 'code', language, text: inner.join('\n') };
  }

  #list(mark: RegExp, ordered: boolean): Block {
    const items: string[] = [];
    this.#take((line) => {
      const item = mark.exec(line)?.[1];
      if (item !== undefined) items.push(item);
      // A line further in goes on with its item.
      else if (/^\s+\S/.test(line)) items.push(`${items.pop() ?? ''} ${line.trim()}`);
      else return undefined;
      return '';
    });
    return { kind: 'list', ordered, items: items.map(readSpans) };
  }

  #table(): Block {
    const head = tableCells(this.#line).map(readSpans);
    this.#at += 2;
    const rows = this.#take((line) => (line.includes('|') ? line : undefined));
    return { kind: 'table', head, rows: rows.map((row) => tableCells(row).map(readSpans)) };
  }

  #paragraph(): string[] {
    const first = this.#line;
    this.#at++;
    const others = this.#take((line) => {
      const ends = [fence, heading, bullet, numbered, quoted].some((mark) => mark.test(line));
      return line.trim() === '' || ends || this.#atTable() ? undefined : line;
    });
    return [first, ...others].map((line) => line.trim());
  }
}

export function readBlocks(markdown: string): Block[] {
  return new BlockReader(withoutFrontMatter(markdown.split(/\r\n|\n|\r/))).read();
}
