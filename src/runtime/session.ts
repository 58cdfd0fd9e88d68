// One ONNX Runtime session inside a worker thread, quiet and with the settings measured to be best.
import { InferenceSession, Tensor as OrtTensor, env } from 'onnxruntime-node';
import type { Tensor } from '../graph/index.js';
import { isDataType, type NamedTensors } from './tensors.js';
import { discard } from './discarded-memory.js';
import { insideNativeCode, type NativePhase } from './threads/native-phase.js';

/** A model as it reaches a thread: the path of a file, or its bytes in shared memory. */
export type SharedModel = string | SharedArrayBuffer;

/** Which of ONNX Runtime's rewritings of the graph are done when a model is loaded. */
export type GraphOptimization = 'disabled' | 'basic' | 'extended' | 'all';

/** How a session is made. */
export interface SessionSettings {
  /** Threads inside one operator; 1 means the worker thread itself and no other. */
  readonly threads: number;
  /** Keep freed memory for the next run. */
  readonly memoryArena: boolean;
  /** Remember a memory plan for each combination of input shapes. */
  readonly memoryPatterns: boolean;
  readonly graphOptimization: GraphOptimization;
}

/** An input or output of a model. Sizes that vary are given by name; an unnamed one is the empty string. */
interface ModelValue {
  readonly name: string;
  readonly type: Tensor['type'];
  readonly shape: readonly (number | string)[];
}

/** The inputs and outputs of a model, in its own order. */
export interface ModelFace {
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
}

// For the process-wide part of ONNX Runtime, which logs about the machine's devices when first used.
// What matters in its messages is in the errors that it throws as well.
env.logLevel = 'fatal';
const FATAL_ONLY = 4;

/** Makes a session. */
export function createSession(
  phase: NativePhase,
  model: SharedModel,
  settings: SessionSettings,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    enableCpuMemArena: settings.memoryArena,
    enableMemPattern: settings.memoryPatterns,
    graphOptimizationLevel: settings.graphOptimization,
    logSeverityLevel: FATAL_ONLY,
    // Threads of one session that wait for each other sleep. By default they spin for a while, which on a
    // machine with other work made training steps of two threads take twice as long as with one.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  return insideNativeCode(phase, async () => {
    if (typeof model === 'string') return InferenceSession.create(model, options);
    // ONNX Runtime refuses shared memory, and keeps nothing of the bytes once it has loaded them.
    const bytes = new Uint8Array(model.byteLength);
    bytes.set(new Uint8Array(model));
    try {
      return await InferenceSession.create(bytes, options);
    } finally {
      discard([bytes.buffer]);
    }
  });
}

/** What a session takes and gives. */
export function describeSession(session: InferenceSession): ModelFace {
  return {
    inputs: session.inputMetadata.map(describeValue),
    outputs: session.outputMetadata.map(describeValue),
  };
}

function describeValue(value: InferenceSession.ValueMetadata): ModelValue {
  if (!value.isTensor || !isDataType(value.type)) {
    throw new Error(`"${value.name}" is not a tensor of numbers`);
  }
  return { name: value.name, type: value.type, shape: value.shape };
}

/** A tensor for a session, over the same memory. */
export function toOrtTensor({ type, shape, data }: Tensor): OrtTensor {
  if (type === 'bfloat16') throw new TypeError('ONNX Runtime takes no bfloat16 from JavaScript');
  return new OrtTensor(type, data, shape);
}

/** All of `tensors` for a session. */
export function toOrtTensors(tensors: NamedTensors): Record<string, OrtTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, toOrtTensor(tensor)] as const),
  );
}

/** A session's tensor, over the same memory. */
export function fromOrtTensor({ type, data, dims }: OrtTensor): Tensor {
  if (!isDataType(type) || !ArrayBuffer.isView(data)) {
    throw new TypeError(`an output of type ${type} is not a tensor of numbers`);
  }
  // Newer engines know a Float16Array, and ONNX Runtime then makes float16 outputs so; ours are raw bits.
  const isFloat16Array = type === 'float16' && !(data instanceof Uint16Array);
  return {
    type,
    shape: dims,
    data: isFloat16Array ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data,
  };
}
