// Parses polytag.json by hand: nothing of it is used unchecked.
import { type Feature, poolings, truncations } from '../bert/index.js';
import { polytagError } from '../errors/index.js';
import type { EvaluationReport, ThresholdChoice } from '../metrics/index.js';
import {
  defaultHeadSettings,
  type EpochRecord,
  type HeadSettings,
  lossKinds,
  type LossSettings,
  selectionMetrics,
  serviceKinds,
  type TrainingRows,
} from '../training/index.js';
import type { JsonObject } from '../weights/index.js';
import { readDistillation } from './distillation-record-reader.js';
import { isEvaluationReport } from './evaluation-report-check.js';
import { fileNames, type FileRecord, type ModelRecord, recordFormats } from './model-record.js';
import { RecordReader } from './record-reader.js';
import { readFolds, readSearch } from './selection-record-reader.js';
import { readBlendWeights, readWindows } from './scoring-record-reader.js';
import { readMeasures, readTuning } from './tuning-record-reader.js';

/** Paths in a model folder: names of letters, digits, `.`, `_`, `-`, none beginning with a dot. */
const filePath = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;

/** What no model is without that holds its encoder, and what only a compact one is without. */
const compactFiles = [
  fileNames.config,
  'tokenizer.json',
  'tokenizer_config.json',
  fileNames.weights,
];
const wholeFiles = [...compactFiles, fileNames.model, fileNames.quantizedModel];

/**
 * The record in a parsed polytag.json.
 *
 * @param file its path, for messages
 * @throws PolytagError MODEL_RECORD_NEWER; MODEL_RECORD_INVALID naming the field
 */
export function parseModelRecord(json: JsonObject, file: string): ModelRecord {
  const record = new RecordReader(json, file);
  const format = record.count('format', 1);
  const polytag = record.text('polytag');
  const known = Math.max(...Object.values(recordFormats));
  if (format > known) {
    throw polytagError('MODEL_RECORD_NEWER', {
      file,
      format,
      known,
      writer: polytag,
    });
  }
  const labels = readLabels(record);
  const encoder = readEncoder(record.object('encoder'));
  const isWhole = encoder.service === undefined;
  const files = readFiles(record, requiredFiles(format, isWhole));
  const maxLength =
    !isWhole && record.value('maxLength') === null ? null : record.count('maxLength', 3);
  const baseline = readBaseline(record, labels, files);
  return {
    format,
    polytag,
    labels,
    thresholds: readThresholds(record, labels),
    maxLength,
    truncation: record.choice('truncation', truncations),
    windows: readWindows(record, isWhole ? maxLength : null),
    features: record.objects('features').map(readFeature),
    encoder,
    settings: readSettings(record.object('settings')),
    rows: readRows(record.object('rows')),
    history: record.objects('history').map(readEpoch),
    bestEpoch: record.count('bestEpoch', 1),
    tuning: readTuning(record),
    folds: readFolds(record, labels),
    search: readSearch(record),
    distillation: readDistillation(record),
    validation: readReport(record, labels),
    baseline,
    blend: readBlend(record, labels, baseline),
    quantization: isWhole ? readQuantization(record.object('quantization')) : null,
    files,
  };
}

function requiredFiles(format: number, isWhole: boolean): readonly string[] {
  if (!isWhole) return [fileNames.head];
  return format === recordFormats.compact ? compactFiles : wholeFiles;
}

function readEncoder(encoder: RecordReader): ModelRecord['encoder'] {
  const named = { reference: encoder.text('reference'), contentKey: encoder.text('contentKey') };
  if (encoder.value('service') === undefined) return named;
  const service = encoder.object('service');
  const addresses = service.texts('addresses');
  const kind = service.choice('kind', serviceKinds);
  return {
    ...named,
    service: {
      addresses,
      kind,
      facts: service.textFields('facts'),
      width: service.count('width', 1),
    },
  };
}

function readQuantization(quantization: RecordReader): ModelRecord['quantization'] {
  return {
    largestScoreChange: quantization.number('largestScoreChange', 0, 1),
    texts: quantization.count('texts'),
  };
}

function readLabels(record: RecordReader): string[] {
  const labels = record.texts('labels');
  if (labels.length > 0 && new Set(labels).size === labels.length) return labels;
  throw record.problem('labels', 'at least one label, and none twice');
}

function readThresholds(record: RecordReader, labels: readonly string[]): ThresholdChoice[] {
  const choices = record.objects('thresholds').map((choice): ThresholdChoice => {
    const threshold = choice.number('threshold', 0, 1);
    if (!choice.flag('chosen')) return { chosen: false, threshold, reason: choice.text('reason') };
    return {
      chosen: true,
      threshold,
      precision: choice.number('precision', 0, 1),
      recall: choice.number('recall', 0, 1),
      f1: choice.number('f1', 0, 1),
    };
  });
  if (choices.length === labels.length) return choices;
  throw record.problem('thresholds', `${labels.length} thresholds, one a label`);
}

function readFeature(feature: RecordReader): Feature {
  return { pooling: feature.choice('pooling', poolings), layers: feature.integers('layers') };
}

function readSettings(settings: RecordReader): HeadSettings {
  const { hiddenUnits, batchSize, epochs, patience, seed, ...others } = defaultHeadSettings;
  const counts = { hiddenUnits, batchSize, epochs, patience, seed };
  const { dropout, learningRate, weightDecay } = others;
  return {
    ...readEach(counts, (name) => settings.count(name)),
    ...readEach({ dropout, learningRate, weightDecay }, (name) => settings.number(name, 0)),
    standardize: settings.flag('standardize'),
    metric: readMetric(settings),
    loss: readLoss(settings.object('loss')),
    schedule: settings.choice('schedule', ['linear', 'constant']),
  };
}

/** The same fields, read one by one. */
function readEach<Fields extends Record<string, number>>(
  fields: Fields,
  read: (name: string) => number,
): Fields {
  return {
    ...fields,
    ...Object.fromEntries(Object.keys(fields).map((name) => [name, read(name)])),
  };
}

/** Older records have none: there was one figure. */
function readMetric(settings: RecordReader): HeadSettings['metric'] {
  return settings.value('metric') === undefined
    ? defaultHeadSettings.metric
    : settings.choice('metric', selectionMetrics);
}

function readLoss(loss: RecordReader): LossSettings {
  const kind = loss.choice('kind', lossKinds);
  switch (kind) {
    case 'focal':
      return { kind, alpha: loss.number('alpha'), gamma: loss.number('gamma') };
    case 'asymmetric':
      return {
        kind,
        gammaPositive: loss.number('gammaPositive'),
        gammaNegative: loss.number('gammaNegative'),
        clip: loss.number('clip'),
      };
    case 'bce':
    case 'weighted':
    case 'normalized':
      return { kind };
  }
}

function readRows(rows: RecordReader): TrainingRows {
  return {
    table: rows.text('table'),
    dataSha256: rows.text('dataSha256'),
    textColumn: rows.text('textColumn'),
    train: rows.count('train'),
    validation: rows.count('validation'),
    validationFrom: rows.text('validationFrom'),
    truncated: rows.value('truncated') === null ? null : rows.count('truncated'),
    windowed: rows.value('windowed') === undefined ? undefined : rows.count('windowed'),
  };
}

function readEpoch(epoch: RecordReader): EpochRecord {
  return {
    epoch: epoch.count('epoch', 1),
    loss: epoch.number('loss'),
    ...readMeasures(epoch),
  };
}

function readReport(parent: RecordReader, labels: readonly string[]): EvaluationReport {
  const report: unknown = parent.value('validation');
  if (isEvaluationReport(report, labels)) return report;
  throw parent.problem('validation', 'a report with all figures of all labels');
}

function readBaseline(
  record: RecordReader,
  labels: readonly string[],
  files: readonly FileRecord[],
): ModelRecord['baseline'] {
  if (record.value('baseline') === null) return null;
  const baseline = record.object('baseline');
  const thresholds = readThresholds(baseline, labels);
  const validation = readReport(baseline, labels);
  if (files.some(({ path }) => path === fileNames.baseline)) return { thresholds, validation };
  throw record.problem('files', `${fileNames.baseline} among them`);
}

function readBlend(
  record: RecordReader,
  labels: readonly string[],
  baseline: ModelRecord['baseline'],
): ModelRecord['blend'] {
  if (record.value('blend') === undefined) return undefined;
  if (baseline === null) throw record.problem('blend', 'none without a baseline');
  const blend = record.object('blend');
  const alone = blend.object('alone');
  return {
    weights: readBlendWeights(blend, labels),
    alone: { thresholds: readThresholds(alone, labels), validation: readReport(alone, labels) },
  };
}

function readFiles(record: RecordReader, needed: readonly string[]): FileRecord[] {
  const files = record.objects('files').map((file) => {
    const path = file.text('path');
    const sha256 = file.text('sha256');
    // A path out of the folder would have others' files read, and copied by `save`.
    if (!filePath.test(path)) throw file.problem('path', 'a path within the model folder');
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw file.problem('sha256', '64 hexadecimal digits');
    return { path, sha256 };
  });
  const paths = new Set(files.map(({ path }) => path));
  const absent = needed.find((path) => !paths.has(path));
  if (absent !== undefined) throw record.problem('files', `${absent} among them`);
  if (paths.size < files.length) throw record.problem('files', 'each file once');
  return files;
}
