// Runs a small graph in this process: builder to bytes to ONNX Runtime to plain arrays.
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { type GraphBuilder, modelToChunks, type Tensor, tensorOf } from '../../src/graph/index.js';

/** A result with its numbers as JavaScript numbers. */
export interface Result {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: number[];
}

/** float64 tensor, the type most tests count in. */
export function float64(shape: readonly number[], values: readonly number[]): Tensor {
  return tensorOf('float64', shape, values);
}

/** Loads the graph's model; the optimizer level is ONNX Runtime's default, as in the product. */
export async function openGraph(graph: GraphBuilder): Promise<InferenceSession> {
  return InferenceSession.create(Buffer.concat(modelToChunks(graph)), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

/** Runs an opened graph. */
export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Record<string, Result>> {
  const inputs = Object.entries(feeds).map(([name, { type, data, shape }]) => [
    name,
    new RuntimeTensor(type as 'float64', data as Float64Array, [...shape]),
  ]);
  const outputs = await session.run(Object.fromEntries(inputs) as Record<string, RuntimeTensor>);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { type, dims, data }]) => [
      name,
      { type, shape: dims, values: Array.from(data as Float64Array, Number) },
    ]),
  );
}

/** Runs a graph once. */
export async function runGraph(
  graph: GraphBuilder,
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Record<string, Result>> {
  const session = await openGraph(graph);
  try {
    return await runSession(session, feeds);
  } finally {
    await session.release();
  }
}
