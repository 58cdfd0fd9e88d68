// The model writer, against a second reader of the format and against ONNX Runtime.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  add,
  cast,
  concat,
  type DataType,
  gelu,
  GraphBuilder,
  layerNormalization,
  matMul,
  modelToChunks,
  softmax,
  type Tensor,
  tensorOf,
  transpose,
  writeModel,
} from '../../src/graph/index.js';
import { decodeModel } from './onnx-schema.js';
import { runGraph } from './run-graph.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-model-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function ramp(shape: readonly number[]): Tensor<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensorOf(
    'float32',
    shape,
    Array.from({ length: count }, (_, i) => (i % 97) / 97),
  );
}

/** y = gelu(x weight + bias), with a weight large enough to be written uncopied. */
function buildLayer(weight: Tensor): GraphBuilder {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['batch', 64]);
  const product = matMul(x, graph.initializer('weight', weight));
  graph.output('y', gelu(add(product, graph.initializer('bias', ramp([32])))));
  return graph;
}

describe('modelToChunks', () => {
  it('writes what an independent reader reads', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['batch', 2]);
    const scale = graph.initializer('scale', tensorOf('float32', [2], [1, -2.5]));
    const y = layerNormalization(x, scale, scale, 0.5);
    graph.output('y', softmax(transpose(y, [1, 0])));
    expect(decodeModel(Buffer.concat(modelToChunks(graph)))).toEqual({
      ir_version: '8',
      producer_name: 'polytag',
      opset_import: [{ domain: '', version: '18' }],
      graph: {
        name: 'polytag',
        node: [
          {
            input: ['x', 'scale', 'scale'],
            output: ['LayerNormalization'],
            name: 'LayerNormalization',
            op_type: 'LayerNormalization',
            attribute: [
              { name: 'axis', i: '-1', type: 2 },
              { name: 'epsilon', f: 0.5, type: 1 },
            ],
          },
          {
            input: ['LayerNormalization'],
            output: ['Transpose'],
            name: 'Transpose',
            op_type: 'Transpose',
            attribute: [{ name: 'perm', ints: ['1', '0'], type: 7 }],
          },
          {
            input: ['Transpose'],
            output: ['y'],
            name: 'Softmax',
            op_type: 'Softmax',
            attribute: [{ name: 'axis', i: '1', type: 2 }],
          },
        ],
        initializer: [
          {
            dims: ['2'],
            data_type: 1,
            name: 'scale',
            raw_data: Buffer.from(Float32Array.of(1, -2.5).buffer).toString('base64'),
          },
        ],
        input: [valueInfo('x', [{ dim_param: 'batch' }, { dim_value: '2' }])],
        output: [valueInfo('y', [{ dim_value: '2' }, { dim_param: 'batch' }])],
      },
    });
  });

  it("imports ONNX Runtime's own operators only when used", () => {
    const model = decodeModel(Buffer.concat(modelToChunks(buildLayer(ramp([64, 32])))));
    expect(model.opset_import).toEqual([
      { domain: '', version: '18' },
      { domain: 'com.microsoft', version: '1' },
    ]);
  });

  it('passes large weights on uncopied', () => {
    const weight = ramp([64, 32]);
    const chunks = modelToChunks(buildLayer(weight));
    expect(chunks.filter((chunk) => chunk.buffer === weight.data.buffer)).toHaveLength(1);
  });

  it('refuses a model of over 2 GB, which only files can hold', () => {
    const graph = new GraphBuilder();
    const data = new Uint8Array(2 ** 31);
    graph.output('y', graph.initializer('w', { type: 'uint8', shape: [2 ** 31], data }));
    expect(() => modelToChunks(graph)).toThrow('a model of 2147483648 bytes fits only into files');
  });

  const types: readonly DataType[] = [
    'float64',
    'float32',
    'int64',
    'int32',
    'int16',
    'int8',
    'uint64',
    'uint32',
    'uint16',
    'uint8',
    'bool',
  ];

  it.each(types)('stores %s as ONNX Runtime reads it', async (type) => {
    const graph = new GraphBuilder();
    const tensor = tensorOf(type as 'int32', [3], [0, 1, 1]);
    graph.output('y', cast(graph.initializer('w', tensor), 'float32'));
    expect((await runGraph(graph)).y.values).toEqual([0, 1, 1]);
  });

  it.each([
    ['float16', 0x3c00],
    ['bfloat16', 0x3f80],
  ] as const)('stores %s bits', async (type, one) => {
    const graph = new GraphBuilder();
    const weight = graph.initializer('w', { type, shape: [2], data: Uint16Array.of(one, 0) });
    graph.output('y', cast(concat([weight, weight], 0), 'float32'));
    expect((await runGraph(graph)).y.values).toEqual([1, 0, 1, 0]);
  });
});

function valueInfo(name: string, dim: object[]): object {
  return { name, type: { tensor_type: { elem_type: 1, shape: { dim } } } };
}

async function runFile(path: string): Promise<number[]> {
  const session = await InferenceSession.create(path);
  const x = new RuntimeTensor('float32', ramp([1, 64]).data, [1, 64]);
  const { y } = await session.run({ x });
  await session.release();
  return Array.from(y.data as Float32Array);
}

describe('writeModel', () => {
  it('writes the same bytes as chunks do', async () => {
    const graph = buildLayer(ramp([64, 32]));
    await writeModel(graph, join(folder, 'model.onnx'));
    const expected = Buffer.concat(modelToChunks(graph));
    expect((await readFile(join(folder, 'model.onnx'))).equals(expected)).toBe(true);
    expect(await readdir(folder)).toEqual(['model.onnx']);
  });

  it('puts weights into a data file where the model would be too large', async () => {
    const graph = buildLayer(ramp([64, 32]));
    await writeModel(graph, join(folder, 'whole.onnx'));
    await writeModel(graph, join(folder, 'parts.onnx'), { externalAbove: 1000 });
    expect((await readdir(folder)).sort()).toEqual(['parts.onnx', 'parts.onnx.data', 'whole.onnx']);
    expect((await stat(join(folder, 'parts.onnx.data'))).size).toBe(64 * 32 * 4);
    const { graph: parts } = decodeModel(await readFile(join(folder, 'parts.onnx')));
    expect(parts).toMatchObject({
      initializer: [
        {
          name: 'weight',
          data_location: 1,
          external_data: [
            { key: 'location', value: 'parts.onnx.data' },
            { key: 'offset', value: '0' },
            { key: 'length', value: '8192' },
          ],
        },
        { name: 'bias' },
      ],
    });
    const results = await Promise.all(
      ['whole', 'parts'].map((name) => runFile(join(folder, `${name}.onnx`))),
    );
    expect(results[1]).toEqual(results[0]);
  });

  it('aligns tensors in the data file to memory pages', async () => {
    const graph = new GraphBuilder();
    const first = graph.initializer('first', ramp([300]));
    const second = graph.initializer('second', ramp([300]));
    graph.output('y', add(first, second));
    await writeModel(graph, join(folder, 'model.onnx'), { externalAbove: 0 });
    expect((await stat(join(folder, 'model.onnx.data'))).size).toBe(4096 + 1200);
    const session = await InferenceSession.create(join(folder, 'model.onnx'));
    const { y } = await session.run({});
    expect(y.data[50]).toBeCloseTo(100 / 97, 6);
    await session.release();
  });
});
