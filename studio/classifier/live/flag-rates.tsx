// How much of recent traffic each label flags, since this view was opened, and how its scores are spread.
import type { JSX } from 'preact';
import { Sparkline } from '../../charts/sparkline.js';
import type { LabelFigures, ModelFigures } from '../../service/figures.js';
import { counted, figureText, labelText, shareText } from '../shell/texts.js';
import { type FlagRates, flagRateSeries } from './figures-work.js';

const size = { width: 100, height: 30 };

/** Decoration beside the mean: ten bars, the roots of the counts. */
function SpreadBars({ histogram, threshold }: LabelFigures): JSX.Element {
  const most = Math.max(1, ...histogram);
  const width = size.width / Math.max(1, histogram.length);
  return (
    <svg
      class="spread"
      viewBox={`0 0 ${size.width} ${size.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {histogram.map((count, bin) => {
        const height = Math.sqrt(count / most) * size.height;
        return (
          <rect
            key={bin}
            class="spread-bar"
            x={bin * width + 0.5}
            y={size.height - height}
            width={width - 1}
            height={height}
          />
        );
      })}
      {threshold !== undefined && (
        <path class="histogram-threshold" d={`M${threshold * size.width} 0V${size.height}`} />
      )}
    </svg>
  );
}

function FlagRateHead(): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">Label</th>
        <th scope="col" class="number">
          Flag rate
        </th>
        <th scope="col" class="wide-only">
          Over time
        </th>
        <th scope="col" class="number">
          Mean score
        </th>
        <th scope="col" class="wide-only">
          Spread
        </th>
      </tr>
    </thead>
  );
}

export function FlagRateTable({
  model,
  flagRates,
}: {
  readonly model: ModelFigures;
  readonly flagRates: readonly FlagRates[];
}): JSX.Element {
  const end = flagRates.at(-1)?.time ?? 0;
  const start = Math.min(flagRates.at(0)?.time ?? 0, end - 60_000);
  return (
    <section class="card" aria-label="Flag rates">
      <table class="flag-rates">
        <caption>
          Flagged of recent traffic{' '}
          <span class="small muted">the last {counted(model.windowTexts, 'text')}</span>
        </caption>
        <FlagRateHead />
        <tbody>
          {model.labels.map((figures) => (
            <tr key={figures.label}>
              <th scope="row">{labelText(figures.label)}</th>
              <td class="number">{shareText(figures.flagRate)}</td>
              <td class="wide-only">
                <Sparkline
                  points={flagRateSeries(flagRates, figures.label)}
                  start={start}
                  end={end}
                />
              </td>
              <td class="number">{figureText(figures.meanScore)}</td>
              <td class="wide-only">
                <SpreadBars {...figures} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
