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
  };
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
  const isUnknown = record.value('validationRocAuc') === null;
  return {
    step: record.count('step'),
    epoch: record.number('epoch', 0),
    loss: record.number('loss'),
    validationRocAuc: isUnknown ? null : record.number('validationRocAuc', 0, 1),
  };
}
