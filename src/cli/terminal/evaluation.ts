// The table that an evaluation is printed as: a row for each label, then means, then what to know.
import type {
  EvaluationReport,
  Interval,
  LabelReport,
  Measure,
  MeasureWithInterval,
} from '../../metrics/index.js';
import { fitToWidth, printable } from './display-text.js';
import { formatCount } from './quantities.js';
import { emphasize } from './style.js';
import { type Column, formatTable, tableWidth, type TableRow } from './table.js';

/** What to print beside the figures, and where to. */
export interface EvaluationTableOptions {
  /** Which rows were measured: `3,680 rows of test.csv, kept out of training`. */
  readonly rows: string;
  /** Prints 95 % intervals where the report has them. Default: true. */
  readonly intervals?: boolean | undefined;
  /** Where it will be printed to: its width and styles are minded. Default: neither. */
  readonly stream?: (NodeJS.WritableStream & { readonly columns?: number }) | undefined;
}

/** The figures of a label, or of all of them together. */
type Figures = Pick<LabelReport, TableFigure> | EvaluationReport['macro'];
type TableFigure = 'rocAuc' | 'averagePrecision' | 'precision' | 'recall' | 'f1';

/** Columns that stay together, and their cells for each row of the table. */
interface ColumnGroup {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly string[])[];
}

const FIGURE_NAMES: Readonly<Record<TableFigure, string>> = {
  rocAuc: 'ROC-AUC',
  averagePrecision: 'AP',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
};
const MODEL_FIGURES = ['rocAuc', 'averagePrecision', 'precision', 'recall', 'f1'] as const;
const BASELINE_FIGURES = ['rocAuc', 'averagePrecision', 'f1'] as const;
const INTERVAL_FIGURES = ['rocAuc', 'averagePrecision'] as const;

/** Label names are cut to so many terminal columns. */
const LONGEST_NAME = 40;

/** What stands where there is no figure. */
const NONE = '–';

/**
 * An evaluation as text, with that of the linear baseline on the same rows beside it. Groups of
 * columns that do not fit beside each other on the stream follow below each other.
 * @throws RangeError if the two evaluations are not of the same rows and labels
 */
export function formatEvaluation(
  report: EvaluationReport,
  baseline: EvaluationReport | undefined,
  { rows, intervals = true, stream }: EvaluationTableOptions,
): string {
  if (baseline !== undefined) checkComparable(report, baseline);
  const groups = [modelGroup(report)];
  if (intervals && report.bootstrap !== null) groups.push(intervalGroup(report));
  if (baseline !== undefined) groups.push(baselineGroup(baseline));
  const names = [...report.labels.map(nameOf), 'macro', 'micro'];
  const tables = packGroups(groups, names, stream?.columns ?? Infinity).map((packed) =>
    formatTable(packed.columns, packed.rows, { stream }),
  );
  const notes = [...legend(report, intervals), ...exceptions(report, intervals)];
  return [
    `${emphasize('bold', `Measured on ${printable(rows)}`, stream)}\n`,
    ...tables,
    notes.map((note) => `${note}\n`).join(''),
  ].join('\n');
}

function checkComparable(report: EvaluationReport, baseline: EvaluationReport): void {
  const labelsOf = (of: EvaluationReport) => of.labels.map(({ label }) => label).join('\n');
  if (report.rows !== baseline.rows || labelsOf(report) !== labelsOf(baseline)) {
    throw new RangeError('the baseline was measured on other rows or labels');
  }
}

function modelGroup(report: EvaluationReport): ColumnGroup {
  const hasUnknown = report.labels.some(({ unknown }) => unknown > 0);
  const countColumns = hasUnknown ? ['positives', 'unknown'] : ['positives'];
  const countsOf = ({ positives, unknown }: LabelReport) =>
    (hasUnknown ? [positives, unknown] : [positives]).map(formatCount);
  const figures = (of: Figures) => MODEL_FIGURES.map((figure) => formatMeasure(of[figure]));
  const noCounts = countColumns.map(() => '');
  return {
    columns: [
      ...countColumns.map((header) => numberColumn(header)),
      ...MODEL_FIGURES.map((figure) => numberColumn(FIGURE_NAMES[figure], 'model')),
      numberColumn('threshold', 'model'),
    ],
    cells: [
      ...report.labels.map((label) => [
        ...countsOf(label),
        ...figures(label),
        label.threshold.toFixed(3),
      ]),
      [...noCounts, ...figures(report.macro), ''],
      [...noCounts, ...figures(report.micro), ''],
    ],
  };
}

function intervalGroup(report: EvaluationReport): ColumnGroup {
  const row = (of: Figures) => INTERVAL_FIGURES.map((figure) => formatInterval(of[figure]));
  return {
    columns: INTERVAL_FIGURES.map((figure) =>
      numberColumn(FIGURE_NAMES[figure], 'model, 95 % interval'),
    ),
    cells: allRows(report).map(row),
  };
}

function baselineGroup(baseline: EvaluationReport): ColumnGroup {
  const row = (of: Figures) => BASELINE_FIGURES.map((figure) => formatMeasure(of[figure]));
  return {
    columns: BASELINE_FIGURES.map((figure) =>
      numberColumn(FIGURE_NAMES[figure], 'linear baseline'),
    ),
    cells: allRows(baseline).map(row),
  };
}

function nameOf({ label }: LabelReport): string {
  return fitToWidth(printable(label), LONGEST_NAME);
}

function allRows(report: EvaluationReport): Figures[] {
  return [...report.labels, report.macro, report.micro];
}

function numberColumn(header: string, group?: string): Column {
  return { header, align: 'right', group };
}

/** Puts as many groups into one table as fit; every table begins with the names of its rows. */
function packGroups(groups: readonly ColumnGroup[], names: readonly string[], width: number) {
  const tables: { columns: Column[]; rows: TableRow[] }[] = [];
  let packed: ColumnGroup[] = [];
  for (const group of groups) {
    const wider = joinGroups([...packed, group], names);
    if (packed.length > 0 && tableWidth(wider.columns, wider.rows) > width) {
      tables.push(joinGroups(packed, names));
      packed = [];
    }
    packed.push(group);
  }
  return [...tables, joinGroups(packed, names)];
}

function joinGroups(groups: readonly ColumnGroup[], names: readonly string[]) {
  const rows: TableRow[] = names.map((name, row) => [
    name,
    ...groups.flatMap(({ cells }) => cells[row]),
  ]);
  // A line between the labels and their means.
  rows.splice(-2, 0, null);
  const columns: Column[] = [
    { header: 'label', align: 'left' },
    ...groups.flatMap((group) => group.columns),
  ];
  return { columns, rows };
}

function formatMeasure({ value }: Measure): string {
  return value === null ? NONE : value.toFixed(3);
}

function formatInterval({ interval }: MeasureWithInterval): string {
  return interval === undefined || interval.low === null
    ? NONE
    : `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`;
}

function legend(report: EvaluationReport, intervals: boolean): string[] {
  const lines = [
    'AP: average precision. Precision, recall and F1 count scores from the threshold up.',
    'macro: the mean over labels. micro: all labels together.',
  ];
  if (intervals && report.bootstrap !== null) {
    const resamples = formatCount(report.bootstrap.resamples);
    lines.push(`Intervals: bootstrap percentiles of ${resamples} resamples of the rows.`);
  }
  return lines;
}

/** Why figures and intervals are missing, a line for each label that lacks any. */
function exceptions(report: EvaluationReport, intervals: boolean): string[] {
  const named: [string, Figures][] = [
    ...report.labels.map((label): [string, Figures] => [nameOf(label), label]),
    ['macro', report.macro],
    ['micro', report.micro],
  ];
  const lines = named.flatMap(([name, figures]) => {
    const reasons = reasonsOf(figures, intervals);
    return reasons.length === 0 ? [] : [`${name}: ${reasons.join('; ')}.`];
  });
  const partial = MODEL_FIGURES.flatMap((figure) => {
    const { labels, of } = report.macro[figure];
    return labels === 0 || labels === of ? [] : [`${FIGURE_NAMES[figure]} ${labels} of ${of}`];
  });
  if (partial.length > 0)
    lines.push(`macro, over the labels that define it: ${partial.join(', ')}.`);
  return lines;
}

/** Each reason once, with the figures that it holds for. */
function reasonsOf(figures: Figures, intervals: boolean): string[] {
  const byReason = new Map<string, string[]>();
  const note = (reason: string, name: string) => {
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  };
  for (const figure of MODEL_FIGURES) {
    const measure = figures[figure];
    if (measure.value === null) note(measure.reason, `no ${FIGURE_NAMES[figure]}`);
  }
  for (const figure of intervals ? INTERVAL_FIGURES : []) {
    const { interval } = figures[figure];
    if (isMissing(interval)) note(interval.reason, 'no interval');
  }
  return [...byReason].map(([reason, names]) => `${[...new Set(names)].join(', ')} (${reason})`);
}

function isMissing(
  interval: Interval | undefined,
): interval is Extract<Interval, { readonly low: null }> {
  return interval?.low === null;
}
