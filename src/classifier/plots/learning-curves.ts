// How a model learnt, as an SVG drawing: training loss and validation figure of the head, and of fine-tuning.
import { judgedFigure } from '../../training/index.js';
import type { ModelRecord } from '../model-record.js';
import { type Axis, chooseAxis, formatTick } from './axis-ticks.js';
import { drawPanel, escapeText, type Frame, type Panel, type PlotPoint } from './line-panel.js';

/** What is drawn of a record. */
export type LearningRecord = Pick<ModelRecord, 'history' | 'bestEpoch' | 'tuning' | 'settings'>;

/** A part of the run. */
interface Stage {
  readonly name: string;
  /** `epoch`, `step` */
  readonly unit: string;
  readonly loss: readonly PlotPoint[];
  readonly figure: readonly PlotPoint[];
  readonly best: number;
  readonly last: number;
}

const colors = { loss: '#b45309', figure: '#1d4ed8' } as const;

/** Room around the grids, in units of the drawing. */
const margin = { left: 64, top: 84, right: 24, between: 76, bottom: 48 } as const;
const gridHeight = 150;

const style =
  'text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#374151}' +
  '.name{font-size:13px;font-weight:600;fill:#111827}.head{font-size:16px;font-weight:600;fill:#111827}' +
  '.grid{stroke:#e5e7eb;fill:none}.best{stroke:#6b7280;stroke-dasharray:4 3;fill:none}' +
  '.note{paint-order:stroke;stroke:#ffffff;stroke-width:4px}.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}';

/**
 * The text of an SVG file. The head's epochs stand on the left, the steps of fine-tuning on the right if there were
 * any; the best of each is marked. The same record gives the same bytes.
 */
export function drawLearningCurves(record: LearningRecord): string {
  const stages = listStages(record);
  const metric = nameMetric(record);
  const figures = chooseAxis(
    stages.flatMap(({ figure }) => figure.map(({ y }) => y)),
    4,
  );
  const gridWidth = stages.length === 1 ? 560 : 340;
  const columnWidth = margin.left + gridWidth;
  const width = columnWidth * stages.length + margin.right;
  const height = margin.top + 2 * gridHeight + margin.between + margin.bottom;
  const body = stages.flatMap((stage, column) => {
    const left = margin.left + column * columnWidth;
    const frame: Frame = { left, top: margin.top, width: gridWidth, height: gridHeight };
    const below = { ...frame, top: margin.top + gridHeight + margin.between };
    return [
      `<text class="head" x="${left}" y="${margin.top - 40}">${escapeText(stage.name)}</text>`,
      ...drawPanel(lossPanel(stage), frame),
      ...drawPanel(figurePanel(stage, metric, figures), below),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">Learning curves</title>',
    `<desc id="description">${escapeText(stages.map((stage) => describe(stage, metric)).join(' '))}</desc>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function listStages({ history, bestEpoch, tuning }: LearningRecord): Stage[] {
  const head: Stage = {
    name: 'Head, on the frozen encoder',
    unit: 'epoch',
    loss: pointsOf(history.map(({ epoch, loss }) => [epoch, loss])),
    figure: pointsOf(history.map((record) => [record.epoch, judgedFigure(record)])),
    best: bestEpoch,
    last: history.at(-1)?.epoch ?? 1,
  };
  if (tuning === undefined) return [head];
  // The first measurement is before any step: it has a figure, and no loss yet.
  const steps = tuning.history.filter(({ step }) => step > 0);
  const fineTuning: Stage = {
    name: 'Fine-tuning, encoder and head',
    unit: 'step',
    loss: pointsOf(steps.map(({ step, loss }) => [step, loss])),
    figure: pointsOf(tuning.history.map((record) => [record.step, judgedFigure(record)])),
    best: tuning.bestStep,
    last: Math.max(1, tuning.history.at(-1)?.step ?? 1),
  };
  return [head, fineTuning];
}

/** What the validation figure is called. */
function nameMetric({ settings }: LearningRecord): string {
  return settings.metric
    .replace('roc-auc', 'ROC-AUC')
    .replace('f1', 'F1')
    .replaceAll(/-(?!AUC)/g, ' ');
}

function pointsOf(pairs: readonly (readonly [x: number, y: number | null])[]): PlotPoint[] {
  return pairs.flatMap(([x, y]) => (y !== null && Number.isFinite(y) ? [{ x, y }] : []));
}

function xAxisOf({ last }: Stage): Axis {
  const axis = chooseAxis([0, last], Math.min(last, 6));
  // Epochs and steps are whole.
  const ticks = axis.ticks.filter((tick) => Number.isInteger(tick) && tick <= last);
  return { low: 0, high: last, ticks, decimals: 0 };
}

function lossPanel(stage: Stage): Panel {
  return {
    title: 'training loss',
    points: stage.loss,
    absence: 'no step was taken',
    xAxis: xAxisOf(stage),
    yAxis: chooseAxis(
      stage.loss.map(({ y }) => y),
      4,
    ),
    xName: stage.unit,
    color: colors.loss,
    mark: { x: stage.best, text: `best: ${stage.unit} ${formatTick(stage.best, 0)}` },
  };
}

function figurePanel(stage: Stage, metric: string, yAxis: Axis): Panel {
  const best = stage.figure.find(({ x }) => x === stage.best);
  return {
    title: `validation ${metric}`,
    points: stage.figure,
    absence: 'undefined: no label has both classes on the validation rows',
    xAxis: xAxisOf(stage),
    yAxis,
    xName: stage.unit,
    color: colors.figure,
    mark: best && { x: best.x, text: `best: ${best.y.toFixed(4)}` },
  };
}

/** A stage in a sentence, for those who do not see the drawing. */
function describe({ name, unit, loss, figure, best, last }: Stage, metric: string): string {
  const found = figure.find(({ x }) => x === best);
  const length = `${formatTick(last, 0)} ${unit}${last === 1 ? '' : 's'}`;
  const [first, end] = [loss.at(0), loss.at(-1)];
  const losses =
    first === undefined || end === undefined
      ? 'no training loss'
      : `training loss from ${first.y.toFixed(4)} to ${end.y.toFixed(4)}`;
  const highest =
    found === undefined
      ? `validation ${metric} undefined`
      : `best validation ${metric} ${found.y.toFixed(4)} at ${unit} ${formatTick(best, 0)}`;
  return `${name}: ${length}, ${losses}, ${highest}.`;
}
