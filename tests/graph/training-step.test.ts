// A whole BERT classifier trained by the graph, against PyTorch's float64 numbers: logits, losses, every
// gradient, and all weights after three clipped AdamW steps.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adamW,
  add,
  type AdamWParameter,
  clipByGlobalNorm,
  type DataType,
  elementCount,
  gather,
  gelu,
  GraphBuilder,
  gradients,
  layerNormalization,
  logSigmoid,
  matMul,
  multiply,
  negate,
  power,
  reduceMean,
  reshape,
  sigmoid,
  slice,
  softmax,
  subtract,
  take,
  tanh,
  type Tensor,
  tensorOf,
  transpose,
  type Value,
} from '../../src/graph/index.js';
import { openGraph, type Result, runGraph, runSession } from './run-graph.js';

const folder = new URL('../fixtures/training-step/', import.meta.url);

interface StepRecord {
  readonly alpha: number;
  readonly gamma: number;
  readonly input_ids: number[][][];
  readonly attention_mask: number[][][];
  readonly labels: number[][][];
  readonly bce: { readonly logits: number[][]; readonly loss: number };
  readonly focal: { readonly logits: number[][]; readonly loss: number };
  readonly adamw: { readonly lr: number; readonly loss: number; readonly grad_norm: number }[];
}

const record = JSON.parse(readFileSync(new URL('record.json', folder), 'utf8')) as StepRecord;

/** A safetensors file of F32 and F64 tensors as float64. */
function readTensors(name: string): Map<string, Tensor<'float64'>> {
  const file = readFileSync(new URL(name, folder));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Tensor<'float64'>>();
  for (const [key, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const [start, end] = data_offsets.map((offset) => offset + 8 + headerLength);
    const bytes = Uint8Array.from(file.subarray(start, end)).buffer;
    const data =
      dtype === 'F64' ? new Float64Array(bytes) : Float64Array.from(new Float32Array(bytes));
    tensors.set(key, { type: 'float64', shape, data });
  }
  return tensors;
}

const start = readTensors('model.safetensors');
const names = [...start.keys()];

/** The classifier: 2 layers of width 16 with 4 heads. */
function buildLogits(parameters: ReadonlyMap<string, Value>, ids: Value, mask: Value): Value {
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (value === undefined) throw new Error(`no parameter ${name}`);
    return value;
  };
  const dense = (x: Value, name: string): Value =>
    add(matMul(x, transpose(parameter(`${name}.weight`), [1, 0])), parameter(`${name}.bias`));
  const normalize = (x: Value, name: string): Value =>
    layerNormalization(x, parameter(`${name}.weight`), parameter(`${name}.bias`), 1e-12);
  const words = gather(parameter('bert.embeddings.word_embeddings.weight'), ids);
  const positions = slice(parameter('bert.embeddings.position_embeddings.weight'), 0, {
    end: 'sequence',
  });
  const segment = take(parameter('bert.embeddings.token_type_embeddings.weight'), 0, 0);
  let hidden = normalize(add(add(words, segment), positions), 'bert.embeddings.LayerNorm');
  const bias = reshape(multiply(subtract(mask, 1), 1e30), ['batch', 1, 1, 'sequence']);
  for (const layer of ['bert.encoder.layer.0', 'bert.encoder.layer.1']) {
    const heads = (name: string): Value =>
      transpose(
        reshape(dense(hidden, `${layer}.attention.self.${name}`), ['batch', 'sequence', 4, 4]),
        [0, 2, 1, 3],
      );
    const scores = multiply(matMul(heads('query'), transpose(heads('key'), [0, 1, 3, 2])), 0.5);
    const context = matMul(softmax(add(scores, bias)), heads('value'));
    const joined = reshape(transpose(context, [0, 2, 1, 3]), ['batch', 'sequence', 16]);
    const attended = normalize(
      add(dense(joined, `${layer}.attention.output.dense`), hidden),
      `${layer}.attention.output.LayerNorm`,
    );
    const inner = gelu(dense(attended, `${layer}.intermediate.dense`));
    hidden = normalize(
      add(dense(inner, `${layer}.output.dense`), attended),
      `${layer}.output.LayerNorm`,
    );
  }
  return dense(tanh(dense(take(hidden, 1, 0), 'bert.pooler.dense')), 'classifier');
}

/** Mean of -(y log p + (1 - y) log(1 - p)). */
function bceLoss(logits: Value, labels: Value): Value {
  const yes = multiply(labels, logSigmoid(logits));
  const no = multiply(subtract(1, labels), logSigmoid(negate(logits)));
  return negate(reduceMean(add(yes, no)));
}

/** Mean of -alpha_t (1 - p_t)^gamma log p_t. */
function focalLoss(logits: Value, labels: Value): Value {
  const signed = multiply(logits, subtract(multiply(labels, 2), 1));
  const weight = add(multiply(labels, 2 * record.alpha - 1), 1 - record.alpha);
  const focus = power(sigmoid(negate(signed)), record.gamma);
  return negate(reduceMean(multiply(multiply(weight, focus), logSigmoid(signed))));
}

const losses = { bce: bceLoss, focal: focalLoss };

interface Model {
  readonly graph: GraphBuilder;
  readonly parameters: Map<string, Value>;
  readonly logits: Value;
  readonly labels: Value;
}

function buildModel(type: 'float64' | 'float32'): Model {
  const graph = new GraphBuilder();
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = graph.input('attention_mask', type, ['batch', 'sequence']);
  const labels = graph.input('labels', type, ['batch', 6]);
  const parameters = new Map(
    Array.from(start, ([name, { shape }]) => [name, graph.input(name, type, shape)]),
  );
  return { graph, parameters, labels, logits: buildLogits(parameters, ids, mask) };
}

function batchFeeds(batch: number, type: 'float64' | 'float32'): Record<string, Tensor> {
  const fill = (tensorType: DataType, rows: number[][]): Tensor =>
    tensorOf(tensorType as 'int64', [rows.length, rows[0].length], rows.flat());
  return {
    input_ids: fill('int64', record.input_ids[batch]),
    attention_mask: fill(type, record.attention_mask[batch]),
    labels: fill(type, record.labels[batch]),
  };
}

/** Values of one type by their parameter's names, each after `suffix` is added to the name. */
function stateFeeds(
  tensors: ReadonlyMap<string, Tensor<'float64'>>,
  type: 'float64' | 'float32',
  suffix = '',
): Record<string, Tensor> {
  return Object.fromEntries(
    Array.from(tensors, ([name, { shape, data }]) => [
      name + suffix,
      tensorOf(type, shape, Array.from(data)),
    ]),
  );
}

/** Largest difference of a tensor, relative to the largest number in it, or to `floor` if that is larger. */
function relativeDifference(
  found: readonly number[],
  expected: ArrayLike<number>,
  floor = 0,
): number {
  const numbers = Array.from(expected);
  const scale = Math.max(...numbers.map(Math.abs), floor);
  return Math.max(...found.map((value, index) => Math.abs(value - numbers[index]))) / scale;
}

/**
 * The floor is a millionth of the largest number of all: the gradient of a key's bias is 0 (softmax does
 * not see it), and what is found there, 1e-17 of the others in PyTorch too, is rounding.
 */
function largestDifference(
  results: Readonly<Record<string, Result>>,
  suffix: string,
  reference: ReadonlyMap<string, Tensor<'float64'>>,
): number {
  const largest = Math.max(...Array.from(reference.values(), ({ data }) => Math.max(...data)));
  const differences = Array.from(reference, ([name, { shape, data }]) => {
    const found = results[name + suffix];
    expect(found.shape, name).toEqual(shape);
    return relativeDifference(found.values, data, largest * 1e-6);
  });
  expect(differences).toHaveLength(names.length);
  return Math.max(...differences);
}

const cases = [
  ['bce', 'float64', 1e-12],
  ['focal', 'float64', 1e-12],
  ['bce', 'float32', 1e-4],
  ['focal', 'float32', 1e-4],
] as const;

describe('a BERT classifier', () => {
  it.each(cases)(
    'has the %s loss and gradients of PyTorch in %s',
    async (name, type, tolerance) => {
      const { graph, parameters, logits, labels } = buildModel(type);
      const loss = losses[name](logits, labels);
      graph.output('logits', logits);
      graph.output('loss', loss);
      const values = [...parameters.values()];
      gradients(loss, values).forEach((gradient, index) => {
        graph.output(`${names[index]}.gradient`, gradient);
      });
      const results = await runGraph(graph, { ...batchFeeds(0, type), ...stateFeeds(start, type) });
      const reference = record[name];
      expect(relativeDifference(results.logits.values, reference.logits.flat())).toBeLessThan(
        tolerance,
      );
      expect(relativeDifference(results.loss.values, [reference.loss])).toBeLessThan(tolerance);
      const expected = readTensors(`gradients-${name}.safetensors`);
      expect(largestDifference(results, '.gradient', expected)).toBeLessThan(tolerance);
    },
  );
});

/** Loss, clipping to 0.1 and AdamW with decay 0.01 on matrices, as a graph from state to state. */
function buildTrainingStep(type: 'float64' | 'float32'): GraphBuilder {
  const { graph, parameters, logits, labels } = buildModel(type);
  const loss = bceLoss(logits, labels);
  const slopes = gradients(loss, [...parameters.values()]);
  const { factor, norm } = clipByGlobalNorm(slopes, 0.1);
  const updates: AdamWParameter[] = Array.from(parameters, ([name, parameter], index) => ({
    parameter,
    gradient: slopes[index],
    moments: {
      first: graph.input(`${name}.first`, type, parameter.shape),
      second: graph.input(`${name}.second`, type, parameter.shape),
    },
    weightDecay: parameter.rank === 2 ? 0.01 : 0,
  }));
  const updated = adamW(updates, {
    learningRate: graph.input('rate', 'float64', []),
    step: graph.input('step', 'int64', []),
    gradientFactor: factor,
  });
  graph.output('loss', loss);
  graph.output('norm', norm);
  updated.forEach(({ parameter, moments }, index) => {
    graph.output(`${names[index]}.next`, parameter);
    graph.output(`${names[index]}.first.next`, moments.first);
    graph.output(`${names[index]}.second.next`, moments.second);
  });
  return graph;
}

describe.each([
  ['float64', 1e-12],
  ['float32', 1e-4],
] as const)('three AdamW steps in %s', (type, tolerance) => {
  const measured: { loss: number; norm: number }[] = [];
  let results: Record<string, Result> = {};

  beforeAll(async () => {
    const session = await openGraph(buildTrainingStep(type));
    const zeros = new Map(
      Array.from(start, ([name, { shape }]) => [
        name,
        tensorOf('float64', shape, new Array<number>(elementCount(shape)).fill(0)),
      ]),
    );
    let state = {
      ...stateFeeds(start, type),
      ...stateFeeds(zeros, type, '.first'),
      ...stateFeeds(zeros, type, '.second'),
    };
    for (const [index, { lr }] of record.adamw.entries()) {
      results = await runSession(session, {
        ...batchFeeds(index, type),
        ...state,
        rate: tensorOf('float64', [], [lr]),
        step: tensorOf('int64', [], [index + 1]),
      });
      measured.push({ loss: results.loss.values[0], norm: results.norm.values[0] });
      state = Object.fromEntries(
        Object.keys(state).map((name) => {
          const { shape, values } = results[`${name}.next`];
          return [name, tensorOf(type, shape, values)];
        }),
      );
    }
    await session.release();
  });

  it('have the losses and gradient norms of PyTorch', () => {
    expect(measured).toHaveLength(3);
    record.adamw.forEach(({ loss, grad_norm }, index) => {
      expect(relativeDifference([measured[index].loss], [loss])).toBeLessThan(tolerance);
      expect(relativeDifference([measured[index].norm], [grad_norm])).toBeLessThan(tolerance);
    });
  });

  it('end at the weights of PyTorch', () => {
    const expected = readTensors('adamw-after-3-steps.safetensors');
    expect(largestDifference(results, '.next', expected)).toBeLessThan(tolerance);
  });
});
