// Precision over recall for every threshold, with the point where the chosen one is.
import type { JSX } from 'preact';
import { figureText } from '../shell/texts.js';
import type { ThresholdFigures } from './threshold-figures.js';

const size = { width: 220, height: 150 };

function position({ precision, recall }: ThresholdFigures): readonly [x: number, y: number] {
  return [(recall ?? 0) * size.width, (1 - (precision ?? 1)) * size.height];
}

function curvePath(curve: readonly ThresholdFigures[]): string {
  return curve
    .map((figures, index) => {
      const [x, y] = position(figures);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

export function PrecisionRecallChart({
  curve,
  at,
}: {
  readonly curve: readonly ThresholdFigures[];
  readonly at: ThresholdFigures;
}): JSX.Element {
  const [x, y] = position(at);
  const summary = `Precision over recall. At this threshold precision is ${figureText(at.precision)} and recall ${figureText(at.recall)}.`;
  return (
    <figure class="small-chart">
      <figcaption class="small muted">Precision over recall</figcaption>
      <svg viewBox={`-4 -6 ${size.width + 10} ${size.height + 12}`} role="img" aria-label={summary}>
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <path key={part} class="chart-grid" d={`M0 ${part * size.height}H${size.width}`} />
        ))}
        <path class="chart-line series-1" d={curvePath(curve)} />
        {at.recall !== null && (
          <>
            <path class="point-lines" d={`M${x} ${size.height}V${y}H0`} />
            <circle class="point" cx={x} cy={y} r="5" />
          </>
        )}
      </svg>
      <div class="small-chart-scale small muted" aria-hidden="true">
        <span>0</span>
        <span>recall</span>
        <span>1</span>
      </div>
    </figure>
  );
}
