// Reads a line of Markdown into spans: code, strong, emphasis, links, images, and text.

export type Span =
  | { readonly kind: 'text' | 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis'; readonly spans: readonly Span[] }
  /** `address` is of http or https, or there is no link. */
  | { readonly kind: 'link'; readonly spans: readonly Span[]; readonly address: string }
  | { readonly kind: 'image'; readonly text: string; readonly address: string };

/** Each alternative has groups of its own: code, image, link, strong, emphasis, escaped character. */
const pattern =
  /(?<ticks>`+)(?<code>.+?)(?<!`)\k<ticks>(?!`)|!\[(?<imageText>[^\]]*)\]\((?<image>[^)\s]*)\)|\[(?<linkText>[^\]]+)\]\((?<link>[^)\s]+)\)|\*\*(?<strong>[^*]+)\*\*|(?<![\w*])[*_](?<emphasis>[^*_\s][^*_]*)[*_](?![\w*])|\\(?<escaped>[\\`*_{}[\]()#+.!|<>-])/gu;

/** Deeper than this, marks are text. */
const deepest = 4;

function isWebAddress(address: string): boolean {
  return /^https?:\/\/[^\s"<>]+$/i.test(address);
}

function spanOf(groups: Readonly<Record<string, string | undefined>>, depth: number): Span {
  const { code, image, imageText, link, linkText, strong, emphasis, escaped } = groups;
  if (code !== undefined) return { kind: 'code', text: code.replace(/^ (.+) $/, '$1') };
  if (image !== undefined) return { kind: 'image', text: imageText ?? '', address: image };
  if (link !== undefined) {
    const spans = spansOf(linkText ?? '', depth + 1);
    return isWebAddress(link)
      ? { kind: 'link', spans, address: link }
      : { kind: 'text', text: linkText ?? '' };
  }
  if (strong !== undefined) return { kind: 'strong', spans: spansOf(strong, depth + 1) };
  if (emphasis !== undefined) return { kind: 'emphasis', spans: spansOf(emphasis, depth + 1) };
  return { kind: 'text', text: escaped ?? '' };
}

function spansOf(line: string, depth: number): Span[] {
  const spans: Span[] = [];
  const add = (span: Span): void => {
    const last = spans.at(-1);
    if (span.kind === 'text' && last?.kind === 'text') {
      spans[spans.length - 1] = { kind: 'text', text: last.text + span.text };
    } else if (span.kind !== 'text' || span.text !== '') spans.push(span);
  };
  let at = 0;
  if (depth < deepest) {
    for (const match of line.matchAll(pattern)) {
      add({ kind: 'text', text: line.slice(at, match.index) });
      add(spanOf(match.groups ?? {}, depth));
      at = match.index + match[0].length;
    }
  }
  add({ kind: 'text', text: line.slice(at) });
  return spans;
}

export function readSpans(line: string): Span[] {
  return spansOf(line, 0);
}
