// How scores are spread: rows that have the label upwards, rows that do not downwards, and where the threshold cuts.
import type { JSX } from 'preact';
import { counted } from '../shell/texts.js';
import { type LabelScores, scoreHistogram } from './threshold-figures.js';

const size = { width: 220, height: 150 };
const bins = 40;

/** Bars grow with the root of their count: a few rows beside many thousands still show. */
function barsPath(counts: readonly number[], most: number, direction: 1 | -1): string {
  const width = size.width / bins;
  return counts
    .map((count, bin) => {
      if (count === 0) return '';
      const height = Math.max(1.5, Math.sqrt(count / most) * (size.height / 2 - 2));
      return `M${(bin * width + 0.5).toFixed(1)} ${size.height / 2}v${(-direction * height).toFixed(1)}h${(width - 1).toFixed(1)}V${size.height / 2}Z`;
    })
    .join('');
}

export function ScoreHistogram({
  scores,
  threshold,
}: {
  readonly scores: LabelScores;
  readonly threshold: number;
}): JSX.Element {
  const positives = scoreHistogram(scores.positives, bins);
  const negatives = scoreHistogram(scores.negatives, bins);
  const most = (counts: readonly number[]): number => Math.max(1, ...counts);
  const x = threshold * size.width;
  const summary = `Spread of scores: ${counted(scores.positives.length, 'row')} with the label and ${scores.negatives.length.toLocaleString('en')} without it, each side on a scale of its own.`;
  return (
    <figure class="small-chart">
      <figcaption class="small muted">
        Scores: with the label <span class="histogram-key histogram-key-with" aria-hidden="true" />{' '}
        above, without <span class="histogram-key histogram-key-without" aria-hidden="true" /> below
      </figcaption>
      <svg viewBox={`-4 -6 ${size.width + 10} ${size.height + 12}`} role="img" aria-label={summary}>
        <path class="histogram-with" d={barsPath(positives, most(positives), 1)} />
        <path class="histogram-without" d={barsPath(negatives, most(negatives), -1)} />
        <path class="histogram-middle" d={`M0 ${size.height / 2}H${size.width}`} />
        <path class="histogram-threshold" d={`M${x} -4V${size.height + 4}`} />
      </svg>
      <div class="small-chart-scale small muted" aria-hidden="true">
        <span>0</span>
        <span>score</span>
        <span>1</span>
      </div>
    </figure>
  );
}
