// The parts of a model's README.md that say how texts are scored beside the model: with the baseline, and by windows.
import { MOST_WINDOWS } from '../bert/index.js';
import { code } from './model-card-code.js';
import { fileNames, type ModelRecord } from './model-record.js';

type CardRecord = Omit<ModelRecord, 'files'>;

/** The sections on blend and windows; none where a model has neither. */
export function scoringSections(record: CardRecord): string[] {
  return [...blendSection(record), ...windowsSection(record)];
}

function blendSection({ blend, labels, encoder, validation }: CardRecord): string[] {
  if (blend === undefined) return [];
  const { macro } = blend.alone.validation;
  const files =
    encoder.service === undefined
      ? 'The ONNX files hold the model without it, and so does whatever reads them (transformers.js among others)'
      : `${code(fileNames.head)} holds the head without it`;
  return [
    `## Blend
polytag adds the linear baseline's logits to the model's before it takes the sigmoid, with these weights, which the
same rows chose as the thresholds:`,
    [
      '| label | model | baseline | offset | threshold without the blend |',
      '|---|---|---|---|---|',
      ...labels.map((label, at) => {
        const { model, baseline, offset } = blend.weights[at];
        const figures = [model, baseline, offset, blend.alone.thresholds[at].threshold];
        return `| ${[code(label), ...figures.map((figure) => figure.toFixed(3))].join(' | ')} |`;
      }),
    ].join('\n'),
    `${files}: there the thresholds of the last column hold. Without the blend the model has a macro ROC-AUC of ` +
      `${figure(macro.rocAuc.value)} and a macro average precision of ${figure(macro.averagePrecision.value)} on the validation ` +
      `rows; with it ${figure(validation.macro.rocAuc.value)} and ${figure(validation.macro.averagePrecision.value)}.`,
  ];
}

function windowsSection({ windows, maxLength, rows, tuning }: CardRecord): string[] {
  if (windows === undefined) return [];
  const scored = rows.windowed ?? 0;
  return [
    `## Long texts
polytag scores a text of more than ${maxLength ?? 0} tokens by overlapping windows of that length, ${windows.stride} tokens apart and
${MOST_WINDOWS} at most, and takes the ${windows.combine === 'max' ? 'highest' : 'mean'} logit of each label (${scored} of ${rows.validation} validation texts). The ONNX files know nothing of
windows: other programs cut. ${
      tuning === undefined
        ? 'Training saw what was kept of each text.'
        : 'Fine-tuning saw one window of each long text an epoch, chosen at random.'
    }`,
  ];
}

function figure(value: number | null): string {
  return value === null ? 'none' : value.toFixed(3);
}
