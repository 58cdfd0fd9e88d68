// Reads what polytag.json says of fine-tuning.
import {
  adaptableLayers,
  defaultTuningSettings,
  type TuningMode,
  type TuningSettings,
  type ValidationRecord,
} from '../training/index.js';
import type { TuningRecord } from './model-record.js';
import type { RecordReader } from './record-reader.js';

/** @param record the reader of the whole file; older ones say nothing of fine-tuning */
export function readTuning(record: RecordReader): TuningRecord | undefined {
  if (record.value('tuning') === undefined) return undefined;
  const tuning = record.object('tuning');
  return {
    settings: readSettings(tuning.object('settings')),
    history: tuning.objects('history').map(readValidation),
    bestStep: tuning.count('bestStep'),
  };
}

function readSettings(settings: RecordReader): TuningSettings {
  const mode = readMode(settings.object('mode'));
  const defaults = defaultTuningSettings(mode);
  const names = Object.keys(defaults).filter((name) => name !== 'mode' && name !== 'schedule');
  return {
    ...defaults,
    ...Object.fromEntries(names.map((name) => [name, settings.number(name, 0)])),
    mode,
    schedule: settings.choice('schedule', ['linear', 'cosine', 'constant']),
    ...readSampling(settings),
  };
}

/** Missing where every row was learnt from in every epoch. */
function readSampling(settings: RecordReader): Pick<TuningSettings, 'sampleNegatives'> {
  const share = settings.value('sampleNegatives');
  if (share === undefined) return {};
  return { sampleNegatives: share === 'auto' ? share : settings.number('sampleNegatives', 0, 1) };
}

function readMode(mode: RecordReader): TuningMode {
  const kind = mode.choice('kind', ['top', 'full', 'lora']);
  switch (kind) {
    case 'top':
      return { kind, layers: mode.count('layers', 1) };
    case 'full':
      return mode.value('embeddings') === undefined
        ? { kind }
        : { kind, embeddings: mode.flag('embeddings') };
    case 'lora': {
      const known = new Set<string>(adaptableLayers);
      const targets = mode.texts('targets');
      if (targets.some((target) => !known.has(target))) {
        throw mode.problem('targets', `some of ${adaptableLayers.join(', ')}`);
      }
      return {
        kind,
        rank: mode.count('rank', 1),
        alpha: mode.number('alpha', 0),
        targets: adaptableLayers.filter((layer) => targets.includes(layer)),
      };
    }
  }
}

function readValidation(record: RecordReader): ValidationRecord {
  return {
    step: record.count('step'),
    epoch: record.number('epoch', 0),
    loss: record.number('loss'),
    ...readMeasures(record),
  };
}

/** The figures of a measurement; what it was judged by is there where that is not the ROC-AUC. */
export function readMeasures(
  record: RecordReader,
): Pick<ValidationRecord, 'validationRocAuc' | 'validationFigure'> {
  const read = (key: 'validationRocAuc' | 'validationFigure'): number | null =>
    record.value(key) === null ? null : record.number(key, 0, 1);
  const validationRocAuc = read('validationRocAuc');
  return record.value('validationFigure') === undefined
    ? { validationRocAuc }
    : { validationRocAuc, validationFigure: read('validationFigure') };
}
