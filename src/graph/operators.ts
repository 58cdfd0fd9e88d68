// Every ONNX operator that polytag writes, with the domain that defines it.

/** The domain of ONNX's own operators, and that of ONNX Runtime's additions. */
export type Domain = '' | 'com.microsoft';

/** The version of each domain's operator set that written models import. */
export const operatorSets: Readonly<Record<Domain, number>> = { '': 18, 'com.microsoft': 1 };

/** Operators by name. */
export const operators = {
  Abs: '',
  Add: '',
  And: '',
  BitShift: '',
  BitwiseOr: '',
  BitwiseXor: '',
  Cast: '',
  Concat: '',
  Div: '',
  DynamicQuantizeMatMul: 'com.microsoft',
  Equal: '',
  Erf: '',
  Exp: '',
  Expand: '',
  FusedMatMul: 'com.microsoft',
  Gather: '',
  GatherElements: '',
  Gelu: 'com.microsoft',
  Gemm: '',
  Greater: '',
  GreaterOrEqual: '',
  Identity: '',
  LayerNormalization: '',
  Less: '',
  LessOrEqual: '',
  Log: '',
  LogSoftmax: '',
  MatMul: '',
  Max: '',
  Min: '',
  Mul: '',
  Neg: '',
  Not: '',
  Or: '',
  Pad: '',
  Pow: '',
  Range: '',
  ReduceMax: '',
  ReduceMean: '',
  ReduceMin: '',
  ReduceSum: '',
  ReduceSumSquare: '',
  Relu: '',
  Reshape: '',
  ScatterElements: '',
  Shape: '',
  Sigmoid: '',
  Sign: '',
  Slice: '',
  Softmax: '',
  Softplus: '',
  Split: '',
  Sqrt: '',
  Squeeze: '',
  Sub: '',
  Tanh: '',
  Transpose: '',
  Unsqueeze: '',
  Where: '',
} as const satisfies Readonly<Record<string, Domain>>;

/** The name of an operator. */
export type OperatorName = keyof typeof operators;
