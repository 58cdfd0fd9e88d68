// A chart of one or several series over time, with its scale and legend.
import type { JSX } from 'preact';
import {
  areaPath,
  type ChartFrame,
  greatestValue,
  linePath,
  roundCeiling,
  type SeriesPoint,
} from './series-path.js';

interface ChartSeries {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
}

export interface TimeChartProps {
  readonly title: string;
  /** What the chart says in a sentence, for those who do not see it. */
  readonly summary: string;
  /** Three at most: each has its own colour and its own stroke. */
  readonly series: readonly ChartSeries[];
  readonly start: number;
  readonly end: number;
  /** The text of a value on the scale, with its unit. */
  readonly format: (value: number) => string;
  /** The text of the time at the left edge. */
  readonly startLabel: string;
}

/** The drawing is stretched to the room there is; strokes keep their width. */
const size = { width: 600, height: 150 };
const gridLines = [0, 0.5, 1];

function Legend({ series }: { readonly series: readonly ChartSeries[] }): JSX.Element {
  return (
    <ul class="chart-legend small">
      {series.map(({ name }, index) => (
        <li key={name}>
          <svg viewBox="0 0 20 4" width="20" height="4" aria-hidden="true">
            <path class={`chart-line series-${index + 1}`} d="M1 2h18" />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

function Drawing({
  series,
  frame,
  summary,
}: {
  readonly series: readonly ChartSeries[];
  readonly frame: ChartFrame;
  readonly summary: string;
}): JSX.Element {
  return (
    <svg
      class="chart-drawing"
      viewBox={`0 0 ${size.width} ${size.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
    >
      {gridLines.map((part) => (
        <path key={part} class="chart-grid" d={`M0 ${part * size.height}H${size.width}`} />
      ))}
      {series.length === 1 && <path class="chart-area" d={areaPath(series[0].points, frame)} />}
      {series.map(({ name, points }, index) => (
        <path key={name} class={`chart-line series-${index + 1}`} d={linePath(points, frame)} />
      ))}
    </svg>
  );
}

export function TimeChart(props: TimeChartProps): JSX.Element {
  const { title, summary, series, start, end, format, startLabel } = props;
  const top = roundCeiling(greatestValue(series.map(({ points }) => points)));
  const frame = { start, end, top, ...size };
  return (
    <figure class="card chart">
      <figcaption class="chart-head">
        <h2>{title}</h2>
        {series.length > 1 && <Legend series={series} />}
      </figcaption>
      <div class="chart-body">
        <div class="chart-scale small muted" aria-hidden="true">
          <span>{format(top)}</span>
          <span>{format(top / 2)}</span>
          <span>{format(0)}</span>
        </div>
        <Drawing series={series} frame={frame} summary={summary} />
      </div>
      <div class="chart-times small muted" aria-hidden="true">
        <span>{startLabel}</span>
        <span>now</span>
      </div>
    </figure>
  );
}
