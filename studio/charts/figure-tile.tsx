// One figure, large, with what belongs to it and its last minutes.
import type { JSX } from 'preact';
import type { SeriesPoint } from './series-path.js';
import { Sparkline } from './sparkline.js';

export interface FigureTileProps {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly detail: string;
  readonly points: readonly SeriesPoint[];
  readonly start: number;
  readonly end: number;
}

export function FigureTile(props: FigureTileProps): JSX.Element {
  const { name, value, unit, detail, points, start, end } = props;
  return (
    <div class="card tile">
      <dt class="muted">{name}</dt>
      <dd class="tile-figure">
        {value} <span class="tile-unit muted">{unit}</span>
      </dd>
      <dd class="tile-detail muted small">{detail}</dd>
      <dd class="tile-spark">
        <Sparkline points={points} start={start} end={end} />
      </dd>
    </div>
  );
}
