// Lines and areas as SVG path data: pure functions from numbers to text.

/** A value at a time; undefined where nothing was measured. */
export interface SeriesPoint {
  readonly time: number;
  readonly value: number | undefined;
}

/** What a chart shows, and how large. */
export interface ChartFrame {
  /** The times at the left and the right edge. */
  readonly start: number;
  readonly end: number;
  /** The value at the upper edge; 0 is at the lower. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Position = readonly [x: number, y: number];

/** Two decimals of a unit of the drawing are finer than any screen. */
function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The stretches of a series without gaps, in the coordinates of the drawing, y downwards. */
function stretches(points: readonly SeriesPoint[], frame: ChartFrame): Position[][] {
  const found: Position[][] = [];
  let current: Position[] = [];
  for (const { time, value } of points) {
    if (value === undefined || !Number.isFinite(value)) {
      current = [];
      continue;
    }
    if (current.length === 0) found.push(current);
    const x = ((time - frame.start) / (frame.end - frame.start)) * frame.width;
    const y = frame.height * (1 - Math.min(Math.max(value / frame.top, 0), 1));
    current.push([x, y]);
  }
  return found;
}

function joinPositions(positions: readonly Position[]): string {
  return positions.map(([x, y]) => `${coordinate(x)} ${coordinate(y)}`).join('L');
}

/** The line through the points, broken where values are missing; a lone point is a dot where line ends are round. */
export function linePath(points: readonly SeriesPoint[], frame: ChartFrame): string {
  return stretches(points, frame)
    .map((positions) => `M${joinPositions(positions)}${positions.length === 1 ? 'h0' : ''}`)
    .join('');
}

/** The area between the line and zero. */
export function areaPath(points: readonly SeriesPoint[], frame: ChartFrame): string {
  const floor = coordinate(frame.height);
  return stretches(points, frame)
    .filter((positions) => positions.length > 1)
    .map((positions) => {
      const first = coordinate(positions[0][0]);
      const last = coordinate(positions[positions.length - 1][0]);
      return `M${first} ${floor}L${joinPositions(positions)}L${last} ${floor}Z`;
    })
    .join('');
}

const steps = [1, 2, 3, 4, 5, 6, 8, 10];

/** The smallest value not below `value` that has one digit, and an easy half; 1 for nothing. */
export function roundCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = steps.find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(1));
}

/** The greatest value of all series; 0 for none. */
export function greatestValue(series: readonly (readonly SeriesPoint[])[]): number {
  let greatest = 0;
  for (const points of series) {
    for (const { value } of points) {
      if (value !== undefined && value > greatest) greatest = value;
    }
  }
  return greatest;
}
