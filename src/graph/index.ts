// Typed ONNX graphs: building, shape inference, gradients, optimizers, int8 copies, and the ModelProto writer.
export { GraphBuilder, Value } from './graph-builder.js';
export { gradients } from './gradients/reverse-mode.js';
export { modelToChunks, writeModel } from './model-writer.js';
export { cast, type Operand } from './operations/apply.js';
export * from './operations/elementwise.js';
export * from './operations/error-function.js';
export * from './operations/indexing.js';
export * from './operations/linear-algebra.js';
export * from './operations/logic.js';
export * from './operations/normalization.js';
export { dropout } from './operations/random.js';
export * from './operations/reduction.js';
export * from './operations/shaping.js';
export { adamW, type AdamWParameter, clipByGlobalNorm } from './optimizers.js';
export { quantizeModel } from './quantization.js';
export { type DataType, elementCount, type Tensor, type TensorArrays, tensorOf } from './tensor.js';
