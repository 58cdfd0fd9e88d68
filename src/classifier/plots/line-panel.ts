// One line over a grid with numbered axes, as SVG text: the same numbers give the same bytes.
import { type Axis, formatTick } from './axis-ticks.js';

/** A point of the line. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

/** What a panel shows. */
export interface Panel {
  /** Stands above it. No mark-up. */
  readonly title: string;
  /** In the order of x; where there are none, `absence` is said instead. */
  readonly points: readonly PlotPoint[];
  readonly absence: string;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  /** Stands below the last number of the x axis. */
  readonly xName: string;
  readonly color: string;
  /** The place on the x axis that a dashed line marks, and what is written at the line's point there. */
  readonly mark?: { readonly x: number; readonly text: string } | undefined;
}

/** Where a panel's grid lies in the drawing. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Lines of more points are thinned out: no screen tells them apart. */
const MOST_POINTS = 600;

/** Lines of more points have no dots. */
const MOST_DOTS = 40;

/** The elements of a panel. */
export function drawPanel(panel: Panel, frame: Frame): string[] {
  const place = placeIn(panel, frame);
  const bottom = frame.top + frame.height;
  return [
    text(frame.left, frame.top - 12, panel.title, 'class="name"'),
    ...drawGrid(panel, frame, place),
    text(frame.left + frame.width, bottom + 36, panel.xName, 'text-anchor="end"'),
    ...(panel.points.length === 0
      ? [text(frame.left + 12, frame.top + frame.height / 2, panel.absence, '')]
      : [...drawMark(panel, frame, place), ...drawLine(panel, place)]),
  ];
}

type Place = (point: PlotPoint) => readonly [x: string, y: string];

function placeIn({ xAxis, yAxis }: Panel, { left, top, width, height }: Frame): Place {
  return ({ x, y }) => [
    coordinate(left + (width * (x - xAxis.low)) / (xAxis.high - xAxis.low)),
    coordinate(top + height * (1 - (y - yAxis.low) / (yAxis.high - yAxis.low))),
  ];
}

function drawGrid({ xAxis, yAxis }: Panel, { left, top, width, height }: Frame, place: Place) {
  const rows = yAxis.ticks.flatMap((y) => {
    const at = place({ x: xAxis.low, y })[1];
    const name = formatTick(y, yAxis.decimals);
    return [
      `<path class="grid" d="M${coordinate(left)} ${at}h${coordinate(width)}"/>`,
      text(left - 8, Number(at) + 4, name, 'text-anchor="end"'),
    ];
  });
  const columns = xAxis.ticks.map((x) => {
    const at = Number(place({ x, y: yAxis.low })[0]);
    return text(at, top + height + 18, formatTick(x, xAxis.decimals), 'text-anchor="middle"');
  });
  return [...rows, ...columns];
}

function drawLine({ points, color, mark }: Panel, place: Place): string[] {
  const every = Math.ceil(points.length / MOST_POINTS);
  const kept = points.filter(
    ({ x }, at) => at % every === 0 || at === points.length - 1 || x === mark?.x,
  );
  const line = kept.map((point) => place(point).join(' ')).join('L');
  const dots = kept.length > MOST_DOTS ? kept.slice(-1) : kept;
  return [
    `<path class="line" stroke="${color}" d="M${line}"/>`,
    ...dots.map((point) => {
      const [x, y] = place(point);
      return `<circle cx="${x}" cy="${y}" r="2.5" fill="${color}"/>`;
    }),
  ];
}

/** The dashed line, a ring about the point, and at the line's foot the text, on the side where there is room. */
function drawMark({ points, mark, color }: Panel, frame: Frame, place: Place): string[] {
  const point = points.find(({ x }) => x === mark?.x);
  if (mark === undefined || point === undefined) return [];
  const [x, y] = place(point);
  const isRight = Number(x) > frame.left + frame.width / 2;
  // A line that falls has its best at the foot, one that rises at the head.
  const isLow = Number(y) > frame.top + frame.height / 2;
  const height = isLow ? frame.top + 14 : frame.top + frame.height - 8;
  const side = `class="note" text-anchor="${isRight ? 'end' : 'start'}"`;
  return [
    `<path class="best" d="M${x} ${coordinate(frame.top)}v${coordinate(frame.height)}"/>`,
    `<circle cx="${x}" cy="${y}" r="6" fill="none" stroke="${color}" stroke-width="1.5"/>`,
    text(Number(x) + (isRight ? -8 : 8), height, mark.text, side),
  ];
}

function text(x: number, y: number, words: string, attributes: string): string {
  const more = attributes === '' ? '' : ` ${attributes}`;
  return `<text x="${coordinate(x)}" y="${coordinate(y)}"${more}>${escapeText(words)}</text>`;
}

/** Text within an element of XML. */
export function escapeText(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A tenth of a unit of the drawing is finer than any screen. */
function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
