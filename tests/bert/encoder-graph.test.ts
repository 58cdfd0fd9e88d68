// The encoder's graph: what is built of it, activations, DistilBERT, dropout, and beginning in the middle.
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { activations, type BertConfig, parseBertConfig } from '../../src/bert/config.js';
import { activate, buildEncoder } from '../../src/bert/encoder-graph.js';
import {
  buildEncoderModel,
  declareInputs,
  initializersOf,
  readEncoderWeights,
} from '../../src/bert/encoder-model.js';
import { type FeaturePooling, resolveFeatures } from '../../src/bert/pooling.js';
import {
  GraphBuilder,
  modelToChunks,
  multiply,
  type Tensor,
  tensorOf,
} from '../../src/graph/index.js';
import { openModelFolder } from '../../src/weights/index.js';

const model = await openModelFolder('tests/fixtures/tf-bert-tiny');
const config = parseBertConfig(model.config, model.configFile);
const everything = resolveFeatures(config, [{ pooling: 'pooler', layers: [] }]);
const weights = await readEncoderWeights(model.tensors, everything, model.folder);
await model.close();

const ids = [2, 163, 248, 64, 3, 2, 116, 3, 0, 0];
const mask = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
const feeds = {
  input_ids: new RuntimeTensor('int64', BigInt64Array.from(ids, BigInt), [2, 5]),
  attention_mask: new RuntimeTensor('int64', BigInt64Array.from(mask, BigInt), [2, 5]),
  token_type_ids: new RuntimeTensor('int64', new BigInt64Array(10), [2, 5]),
};

async function run(
  graph: GraphBuilder,
  inputs: Record<string, RuntimeTensor>,
): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(Buffer.concat(modelToChunks(graph)));
  const used = session.inputNames.map((name) => [name, inputs[name]] as const);
  const outputs = await session.run(Object.fromEntries(used));
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
  );
}

function expectClose(found: Float32Array, expected: Float32Array, tolerance = 1e-6): void {
  expect(found).toHaveLength(expected.length);
  expect(Math.max(...found.map((value, index) => Math.abs(value - expected[index])))).toBeLessThan(
    tolerance,
  );
}

function modelOf(pooling: FeaturePooling, layers: readonly number[]): GraphBuilder {
  return buildEncoderModel(config, resolveFeatures(config, [{ pooling, layers }]), weights);
}

describe('buildEncoderModel', () => {
  it.each([
    { layers: [0], highest: -1 },
    { layers: [1], highest: 0 },
    { layers: [-2], highest: 1 },
    { layers: [-3, -2], highest: 1 },
    { layers: [-1], highest: 2 },
  ])('builds only what layers $layers need', ({ layers, highest }) => {
    const names = modelOf('mean', layers).initializers.map(({ name }) => name);
    const numbers = names.flatMap((name) => /^encoder\.layer\.(\d+)/.exec(name)?.[1] ?? []);
    expect(Math.max(-1, ...numbers.map(Number))).toBe(highest);
  });

  it('reads only what is needed', async () => {
    const folder = await openModelFolder('tests/fixtures/tf-bert-tiny');
    const features = resolveFeatures(config, [{ pooling: 'mean', layers: [1] }]);
    const read = await readEncoderWeights(folder.tensors, features, folder.folder);
    await folder.close();
    expect([...read.keys()].filter((name) => /layer\.[12]\.|pooler/.test(name))).toEqual([]);
  });

  it('gives the pooled rows and nothing else', async () => {
    const outputs = await run(modelOf('mean', [-1]), feeds);
    expect(Object.keys(outputs)).toEqual(['encodings']);
    expect(outputs.encodings).toHaveLength(2 * 32);
  });

  it('ignores what stands at masked places', async () => {
    const other = [...ids.slice(0, 8), 99, 100];
    const changed = {
      ...feeds,
      input_ids: new RuntimeTensor('int64', BigInt64Array.from(other, BigInt), [2, 5]),
    };
    for (const pooling of ['mean', 'max', 'first', 'last', 'none', 'pooler'] as const) {
      const [before, after] = await Promise.all(
        [feeds, changed].map((inputs) => run(modelOf(pooling, [-1]), inputs)),
      );
      expectClose(after.encodings, before.encodings);
    }
  });

  it('has no NaN when everything is masked', async () => {
    const empty = {
      ...feeds,
      attention_mask: new RuntimeTensor('int64', new BigInt64Array(10), [2, 5]),
    };
    const mean = await run(modelOf('mean', [-1]), empty);
    expect(mean.encodings.every((value) => value === 0)).toBe(true);
    for (const pooling of ['max', 'last', 'first'] as const) {
      const { encodings } = await run(modelOf(pooling, [-1]), empty);
      expect(encodings.every(Number.isFinite)).toBe(true);
    }
  });
});

describe('buildEncoder', () => {
  function graphOf(
    settings: BertConfig,
    tensors: ReadonlyMap<string, Tensor>,
    dropout?: Parameters<typeof buildEncoder>[0]['dropout'],
  ): GraphBuilder {
    const graph = new GraphBuilder();
    const inputs = declareInputs(graph, settings);
    const weight = initializersOf(graph, tensors);
    const parts = { config: settings, ...inputs, weight };
    const states = buildEncoder(dropout === undefined ? parts : { ...parts, dropout }, 3);
    for (const [layer, state] of states) graph.output(`layer${layer}`, state);
    return graph;
  }

  it('builds a DistilBERT as a BERT without token types', async () => {
    const zero = tensorOf(
      'float32',
      [2, 32],
      Array.from({ length: 64 }, () => 0),
    );
    const plain = new Map<string, Tensor>(weights);
    plain.set('embeddings.token_type_embeddings.weight', zero);
    const bert = await run(graphOf(config, plain), feeds);
    const distil = graphOf({ ...config, modelType: 'distilbert', tokenTypes: 0 }, weights);
    expect(distil.inputs.map(({ name }) => name)).toEqual(['input_ids', 'attention_mask']);
    const found = await run(distil, feeds);
    expectClose(found.layer3, bert.layer3);
  });

  it('begins in the middle', async () => {
    const whole = await run(graphOf(config, weights), feeds);
    const graph = new GraphBuilder();
    const inputs = declareInputs(graph, config);
    const states = graph.input('states', 'float32', ['batch_size', 'sequence_length', 32]);
    const weight = initializersOf(graph, weights);
    const start = { layer: 2, states };
    const built = buildEncoder({ config, ...inputs, weight, start }, 3);
    expect([...built.keys()]).toEqual([2, 3]);
    graph.output('layer3', built.get(3) ?? states);
    const found = await run(graph, {
      ...feeds,
      states: new RuntimeTensor(whole.layer2, [2, 5, 32]),
    });
    expectClose(found.layer3, whole.layer3);
  });

  it('drops out the embeddings, and in each layer attention and both outputs, at their rates', () => {
    const rates: number[] = [];
    const settings = { ...config, hiddenDropout: 0.1, attentionDropout: 0.2 };
    graphOf(settings, weights, (x, rate) => {
      rates.push(rate);
      return multiply(x, 1);
    });
    expect(rates).toEqual([0.1, ...[1, 2, 3].flatMap(() => [0.2, 0.1, 0.1])]);
  });

  it('refuses layers that are not there', () => {
    const graph = new GraphBuilder();
    const parts = {
      config,
      ...declareInputs(graph, config),
      weight: initializersOf(graph, weights),
    };
    expect(() => buildEncoder(parts, 4)).toThrow(RangeError);
  });
});

describe('activate', () => {
  const inputs = [-3, -1, -0.5, 0, 0.25, 1, 2, 7];
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  /** GELU by erf at the inputs, from Python's math.erf. */
  const gelu = [
    -0.0040496940949, -0.1586552539315, -0.154268769363, 0, 0.1496765814207, 0.8413447460685,
    1.9544997361036, 6.999999999991,
  ];
  const expected = {
    gelu: (_: number, index: number): number => gelu[index],
    geluTanh: (x: number): number =>
      0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    quickGelu: (x: number): number => x * sigmoid(1.702 * x),
    silu: (x: number): number => x * sigmoid(x),
    relu: (x: number): number => Math.max(x, 0),
    relu6: (x: number): number => Math.min(Math.max(x, 0), 6),
    tanh: (x: number): number => Math.tanh(x),
    sigmoid,
    linear: (x: number): number => x,
  };

  it.each([...new Set(Object.values(activations))])('%s', async (activation) => {
    const graph = new GraphBuilder();
    graph.output('y', activate(activation, multiply(graph.input('x', 'float32', [8]), 1)));
    const { y } = await run(graph, { x: new RuntimeTensor(Float32Array.from(inputs), [8]) });
    expectClose(y, Float32Array.from(inputs.map(expected[activation])), 2e-6);
  });
});
