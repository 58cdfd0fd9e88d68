// An explanation as a terminal shows it: the text with its words coloured, the words that weigh most, the sentences.
import { styleText } from 'node:util';
import type { Explanation, LabelExplanation } from '../../classifier/index.js';
import { fitToWidth, printable } from './display-text.js';
import { emphasize } from './style.js';
import { formatTable } from './table.js';

/** Weaker words are not coloured: shares of the strongest. */
const FAINTEST = 0.15;

/** White space that a terminal would move by. As many characters of it as before keep the offsets of words. */
const LAYOUT = /[\t\n\v\f\r\u0085\u2028\u2029]/g;

/** Sentences are cut to so many columns. */
const LONGEST_SENTENCE = 80;

/** Weights as shares, from -1 to 1, of the greatest of them. */
export function spreadWeights(tokens: LabelExplanation['tokens']): number[] {
  const greatest = tokens.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), 0);
  return tokens.map(({ weight }) => (greatest === 0 ? 0 : weight / greatest));
}

/**
 * @param top words listed for each label
 * @param stream where it will be printed to: colours appear only if it shows them
 */
export function formatExplanation(
  text: string,
  { labels }: Explanation,
  { top, stream }: { readonly top: number; readonly stream: NodeJS.WritableStream },
): string {
  const shown = text.replace(LAYOUT, ' ');
  return labels.map((label) => formatLabel(shown, label, top, stream)).join('\n');
}

function formatLabel(
  text: string,
  explained: LabelExplanation,
  top: number,
  stream: NodeJS.WritableStream,
): string {
  const { label, score, threshold, baseScore, tokens, sentences } = explained;
  const decision = score >= threshold ? 'predicted' : 'not predicted';
  const heading = `${printable(label)}  ${score.toFixed(4)}, ${decision} (threshold ${threshold.toFixed(4)}; without its words ${baseScore.toFixed(4)})`;
  const parts = [emphasize('bold', heading, stream), colourWords(text, tokens, stream), ''];
  const words = [...tokens]
    .sort((left, right) => Math.abs(right.weight) - Math.abs(left.weight))
    .slice(0, top)
    .map(({ weight, text: word }) => [weight.toFixed(3), printable(word)]);
  const numbers = { header: 'log-odds', align: 'right' } as const;
  if (words.length > 0) {
    parts.push(formatTable([numbers, { header: 'word', align: 'left' }], words, { stream }));
  }
  if (sentences.length > 1) {
    const rows = sentences.map(({ begin, end, score: alone }) => [
      alone === null ? '–' : alone.toFixed(4),
      fitToWidth(printable(text.slice(begin, end).trim()), LONGEST_SENTENCE),
    ]);
    const columns = [
      { header: 'alone', align: 'right' },
      { header: 'sentence', align: 'left' },
    ] as const;
    parts.push(formatTable(columns, rows, { stream }));
  }
  return parts.join('\n');
}

/** The text: words that speak for the label red, those against it blue, strong ones bold. */
function colourWords(
  text: string,
  tokens: LabelExplanation['tokens'],
  stream: NodeJS.WritableStream,
): string {
  let shown = '';
  let at = 0;
  spreadWeights(tokens).forEach((share, word) => {
    const { begin, end } = tokens[word];
    shown += printable(text.slice(at, begin)) + colourWord(text.slice(begin, end), share, stream);
    at = end;
  });
  return shown + printable(text.slice(at));
}

function colourWord(word: string, share: number, stream: NodeJS.WritableStream): string {
  const shown = printable(word);
  if (Math.abs(share) < FAINTEST) return shown;
  const coloured = styleText(share > 0 ? 'red' : 'blue', shown, { stream });
  // One style at a time: several together are printed by Node 20 whatever the stream shows.
  return Math.abs(share) < 0.5 ? coloured : styleText('bold', coloured, { stream });
}
