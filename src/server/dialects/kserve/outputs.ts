// The output tensors of a model, and Triton's classification extension over them.
import { Refusal } from '../../http/refusal.js';
import type {
  EncodedInput,
  ServedClassifier,
  ServedEncoder,
  ServedModel,
  TextScore,
} from '../../scoring/served-model.js';
import { rankLabels } from '../label-scores.js';
import type { WantedOutput } from './infer-request.js';

/** Values of an output, row-major. */
export type OutputTensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parameters?: Readonly<Record<string, string | number | boolean>> | undefined;
} & (
  | { readonly datatype: 'FP32'; readonly data: Float32Array }
  | { readonly datatype: 'BOOL'; readonly data: readonly boolean[] }
  | { readonly datatype: 'BYTES'; readonly data: readonly string[] }
);

/** What the metadata of a model say of an output. */
interface OutputDescription {
  readonly name: string;
  readonly datatype: OutputTensor['datatype'];
  /** -1: as many as there are texts. */
  readonly shape: readonly number[];
}

/** The outputs of a model, in their order. */
export function describeOutputs(model: ServedModel): readonly OutputDescription[] {
  if (model.kind === 'encoder') {
    return [{ name: 'embeddings', datatype: 'FP32', shape: [-1, model.dimensions] }];
  }
  const { length } = model.labels;
  return [
    { name: 'scores', datatype: 'FP32', shape: [-1, length] },
    { name: 'decisions', datatype: 'BOOL', shape: [-1, length] },
    { name: 'labels', datatype: 'BYTES', shape: [length] },
  ];
}

function concatenate(rows: readonly Float32Array[], width: number): Float32Array {
  const all = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) all.set(row, index * width);
  return all;
}

/** The tensors of a classifier's scores. */
export function scoreTensors(
  { labels, thresholds }: ServedClassifier,
  texts: readonly TextScore[],
): OutputTensor[] {
  const shape = [texts.length, labels.length];
  // A parameter may be no list: the names are one text of JSON.
  const parameters = { labels: JSON.stringify(labels), thresholds_version: thresholds.version };
  const data = concatenate(
    texts.map(({ scores }) => scores),
    labels.length,
  );
  const decisions = texts.flatMap(({ scores }) =>
    labels.map((_, label) => scores[label] >= thresholds.values[label]),
  );
  return [
    { name: 'scores', datatype: 'FP32', shape, data, parameters },
    { name: 'decisions', datatype: 'BOOL', shape, data: decisions, parameters },
    { name: 'labels', datatype: 'BYTES', shape: [labels.length], data: labels },
  ];
}

/** The tensor of an encoder's vectors. */
export function vectorTensors(
  { dimensions }: ServedEncoder,
  texts: readonly EncodedInput[],
): OutputTensor[] {
  const data = concatenate(
    texts.map(({ vector }) => vector),
    dimensions,
  );
  return [{ name: 'embeddings', datatype: 'FP32', shape: [texts.length, dimensions], data }];
}

/** `<value>:<index>:<label>` of each row's highest values; without a label where columns have no names. */
function classify(tensor: OutputTensor, classes: number, labels: readonly string[]): OutputTensor {
  if (tensor.datatype !== 'FP32') throw notNumeric(tensor.name);
  const { name, shape } = tensor;
  const [rows, width] = shape;
  const most = Math.min(classes, width);
  const columns = Array.from({ length: width }, (_, index) => String(index));
  const data = Array.from({ length: rows }, (_, row) => {
    const values = tensor.data.subarray(row * width, (row + 1) * width);
    return rankLabels(columns, values, most).map(({ label: index, score }) => {
      const ending = labels.length > 0 ? `:${labels[Number(index)]}` : '';
      return `${score.toFixed(6)}:${index}${ending}`;
    });
  });
  return { name, datatype: 'BYTES', shape: [rows, most], data: data.flat() };
}

/**
 * The outputs that are wanted, of those that there are.
 * @throws Refusal REQUEST_INVALID for one that there is not
 */
export function chooseOutputs(
  tensors: readonly OutputTensor[],
  wanted: readonly WantedOutput[] | undefined,
  allBinary: boolean,
  labels: readonly string[],
): { tensor: OutputTensor; isBinary: boolean }[] {
  if (wanted === undefined) return tensors.map((tensor) => ({ tensor, isBinary: allBinary }));
  return wanted.map(({ name, isBinary, classes }) => {
    const tensor = tensors.find((one) => one.name === name);
    if (tensor === undefined) throw unknownOutput(name, tensors);
    return { tensor: classes === undefined ? tensor : classify(tensor, classes, labels), isBinary };
  });
}

function unknownOutput(name: string, known: readonly { readonly name: string }[]): Refusal {
  const names = known.map((one) => one.name).join(', ');
  return new Refusal(
    'REQUEST_INVALID',
    `the model has no output ${JSON.stringify(name)}; it has ${names}`,
  );
}

function notNumeric(name: string): Refusal {
  return new Refusal(
    'REQUEST_INVALID',
    `output ${JSON.stringify(name)} holds no numbers; classification is of numbers`,
  );
}

/** Refuses, before any work, outputs that a model does not have. @throws Refusal REQUEST_INVALID */
export function checkOutputs(
  wanted: readonly WantedOutput[] | undefined,
  model: ServedModel,
): void {
  const known = describeOutputs(model);
  for (const { name, classes } of wanted ?? []) {
    const output = known.find((one) => one.name === name);
    if (output === undefined) throw unknownOutput(name, known);
    if (classes !== undefined && output.datatype !== 'FP32') throw notNumeric(name);
  }
}
