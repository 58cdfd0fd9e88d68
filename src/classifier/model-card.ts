// Writes README.md of a model folder: what the model is, how good it is on which rows, and how to use it.
import type {
  EvaluationReport,
  LabelReport,
  MeasureWithInterval,
  ThresholdChoice,
} from '../metrics/index.js';
import { code } from './model-card-code.js';
import { scoringSections } from './model-card-scoring.js';
import { selectionSections } from './model-card-selection.js';
import { teacherSection } from './model-card-teacher.js';
import { limitsSection, usageSection } from './model-card-use.js';
import { fileNames, type ModelRecord } from './model-record.js';

/** The text of README.md. */
export function modelCard(record: Omit<ModelRecord, 'files'>): string {
  const { labels, encoder, rows } = record;
  return [
    encoder.service === undefined
      ? '---\nlibrary_name: transformers.js\npipeline_tag: text-classification\ntags: [polytag, multi-label]\n---'
      : '---\npipeline_tag: text-classification\ntags: [polytag, multi-label]\n---',
    `# ${labels.length === 1 ? 'One label' : `${labels.length} labels`} on texts, over ${code(encoder.reference)}`,
    `A multi-label text classifier, trained by polytag ${record.polytag}: a dense head on a ${record.tuning === undefined ? 'frozen' : 'fine-tuned'} BERT ` +
      'encoder. Each label has a score of its own from 0 to 1, and any number of labels may apply.',
    dataSection(record),
    ...teacherSection(record),
    figuresSection(record),
    ...selectionSections(record),
    `## How it learnt\n![Learning curves](${fileNames.curves})`,
    ...scoringSections(record),
    usageSection(record),
    limitsSection(record),
    `The full record (settings, epochs, every figure, SHA-256 of every file) is in ${code(fileNames.record)}; ` +
      `the data's fingerprint is \`${rows.dataSha256}\`.`,
  ]
    .join('\n\n')
    .concat('\n');
}

function dataSection({
  rows,
  encoder,
  labels,
  maxLength,
  truncation,
  windows,
}: Omit<ModelRecord, 'files'>) {
  return [
    '## Data',
    `- Table ${code(rows.table)}, text column ${code(rows.textColumn)}: ${rows.train} rows to learn from, ` +
      `${rows.validation} for validation (${rows.validationFrom}).`,
    `- Labels: ${labels.map(code).join(', ')}.`,
    `- Encoder: ${code(encoder.reference)}, at most ${maxLength ?? "its model's limit of"} tokens of a text; of longer ones the ` +
      `${truncation} is kept${windows === undefined ? '' : ' in training'} (${rows.truncated ?? 'an unknown number'} of all rows were longer).`,
  ].join('\n');
}

function figuresSection({
  validation,
  thresholds,
  baseline,
  blend,
}: Omit<ModelRecord, 'files'>): string {
  const lines = [
    '## Figures on the validation rows',
    `These rows chose ${blend === undefined ? 'the epoch and the thresholds' : 'the epoch, the thresholds and the weights of the blend'}, ` +
      'so the figures flatter: measure on rows of your own with `polytag evaluate`.',
    figuresTable(validation, thresholds),
  ];
  if (baseline !== null) {
    lines.push(
      'The linear baseline (word and character n-grams with logistic regression) on the same rows:',
      figuresTable(baseline.validation, baseline.thresholds),
    );
  }
  return lines.join('\n\n');
}

function figuresTable(report: EvaluationReport, thresholds: readonly ThresholdChoice[]): string {
  const { macro, micro } = report;
  return [
    '| label | positive rows | ROC-AUC | average precision | threshold | precision | recall | F1 |',
    '|---|---|---|---|---|---|---|---|',
    ...report.labels.map((label, index) => labelRow(label, thresholds[index])),
    row('**macro**', '', macro, ''),
    row('**micro**', '', micro, ''),
  ].join('\n');
}

function labelRow(label: LabelReport, { chosen, threshold }: ThresholdChoice): string {
  const shown = `${threshold.toFixed(3)}${chosen ? '' : ' (default)'}`;
  return row(code(label.label), String(label.positives), label, shown);
}

function row(
  name: string,
  positives: string,
  figures: Readonly<
    Record<'rocAuc' | 'averagePrecision' | 'precision' | 'recall' | 'f1', MeasureWithInterval>
  >,
  threshold: string,
): string {
  const { rocAuc, averagePrecision, precision, recall, f1 } = figures;
  const ranking = [rocAuc, averagePrecision].map(figure);
  const decisions = [precision, recall, f1].map(figure);
  return `| ${[name, positives, ...ranking, threshold, ...decisions].join(' | ')} |`;
}

function figure({ interval, ...measure }: MeasureWithInterval): string {
  if (measure.value === null) return `none: ${measure.reason}`;
  const range =
    interval === undefined || interval.low === null
      ? ''
      : ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
  return `${measure.value.toFixed(3)}${range}`;
}
