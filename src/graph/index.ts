// Typed ONNX graphs: building, shape inference, gradients, optimizers, and the ModelProto writer.
export { type DataType, elementCount, type Tensor, type TensorArrays } from './tensor.js';
