// A series at a glance: no scale, no words.
import type { JSX } from 'preact';
import {
  areaPath,
  greatestValue,
  linePath,
  roundCeiling,
  type SeriesPoint,
} from './series-path.js';

export interface SparklineProps {
  readonly points: readonly SeriesPoint[];
  readonly start: number;
  readonly end: number;
}

const size = { width: 240, height: 36 };

/** Decoration beside a figure that says the same: hidden from screen readers. */
export function Sparkline({ points, start, end }: SparklineProps): JSX.Element {
  const frame = { start, end, top: roundCeiling(greatestValue([points])), ...size };
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${size.width} ${size.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="chart-area" d={areaPath(points, frame)} />
      <path class="chart-line series-1" d={linePath(points, frame)} />
    </svg>
  );
}
