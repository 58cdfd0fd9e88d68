// Renders a model card: each block an element of its own, all text as text. No image but the card's own curves.
import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { type Block, readBlocks } from './markdown-blocks.js';
import type { Span } from './markdown-spans.js';

export interface MarkdownProps {
  readonly text: string;
  /** What an image of the card shows; undefined where it shows nothing but its name. */
  readonly imageOf: (address: string, text: string) => JSX.Element | undefined;
}

type ImageOf = MarkdownProps['imageOf'];

function renderSpans(spans: readonly Span[], imageOf: ImageOf): ComponentChildren {
  return spans.map((span, index) => {
    switch (span.kind) {
      case 'text':
        return span.text;
      case 'code':
        return <code key={index}>{span.text}</code>;
      case 'strong':
        return <strong key={index}>{renderSpans(span.spans, imageOf)}</strong>;
      case 'emphasis':
        return <em key={index}>{renderSpans(span.spans, imageOf)}</em>;
      case 'link':
        return (
          <a key={index} href={span.address} rel="noreferrer noopener" target="_blank">
            {renderSpans(span.spans, imageOf)}
          </a>
        );
      case 'image':
        return imageOf(span.address, span.text) ?? span.text;
    }
  });
}

/** The page has its own title and section: the card's headings come below them. */
function Heading({
  level,
  children,
}: {
  readonly level: number;
  readonly children: ComponentChildren;
}) {
  return level <= 2 ? <h3 class={`card-heading-${level}`}>{children}</h3> : <h4>{children}</h4>;
}

function renderTable({ head, rows }: Extract<Block, { kind: 'table' }>, imageOf: ImageOf) {
  return (
    <div class="wide" role="group" tabIndex={0} aria-label="Table, may be wider than the page">
      <table>
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th key={index} scope="col">
                {renderSpans(cell, imageOf)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, index) =>
                index === 0 ? (
                  <th key={index} scope="row">
                    {renderSpans(cell, imageOf)}
                  </th>
                ) : (
                  <td key={index}>{renderSpans(cell, imageOf)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function renderBlock(block: Block, imageOf: ImageOf): ComponentChildren {
  switch (block.kind) {
    case 'heading':
      return <Heading level={block.level}>{renderSpans(block.spans, imageOf)}</Heading>;
    case 'paragraph':
      return <p>{renderSpans(block.spans, imageOf)}</p>;
    case 'quote':
      return <blockquote>{renderSpans(block.spans, imageOf)}</blockquote>;
    case 'list': {
      const items = block.items.map((item, index) => (
        <li key={index}>{renderSpans(item, imageOf)}</li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case 'code':
      return (
        <pre tabIndex={0} aria-label="Code">
          <code>{block.text}</code>
        </pre>
      );
    case 'table':
      return renderTable(block, imageOf);
    case 'rule':
      return <hr />;
  }
}

export function Markdown({ text, imageOf }: MarkdownProps): JSX.Element {
  const blocks = useMemo(() => readBlocks(text), [text]);
  return <div class="markdown">{blocks.map((block) => renderBlock(block, imageOf))}</div>;
}
