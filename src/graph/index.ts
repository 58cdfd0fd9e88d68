// Typed ONNX graphs: building, shape inference, gradients, optimizers, and the ModelProto writer.
export { GraphBuilder, type Node, Value } from './graph-builder.js';
export { modelToChunks, writeModel } from './model-writer.js';
export { cast, type Operand, scalarLike } from './operations/apply.js';
export { gradients } from './gradients/reverse-mode.js';
export * from './operations/elementwise.js';
export * from './operations/error-function.js';
export * from './operations/indexing.js';
export * from './operations/linear-algebra.js';
export * from './operations/logic.js';
export * from './operations/normalization.js';
export { dropout, type RandomSource } from './operations/random.js';
export * from './operations/reduction.js';
export * from './operations/shaping.js';
export type { OperatorName } from './operators.js';
export { adamW, type AdamWParameter, clipByGlobalNorm, type Moments } from './optimizers.js';
export { quantizeModel } from './quantization.js';
export type { Dimension, Shape } from './shape.js';
export {
  type DataType,
  elementCount,
  type NumericType,
  type Tensor,
  type TensorArrays,
  tensorOf,
} from './tensor.js';
