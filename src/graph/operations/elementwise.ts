// Elementwise arithmetic and functions; two operands broadcast under NumPy's rules.
import type { Value } from '../graph-builder.js';
import type { OperatorName } from '../operators.js';
import { apply, checkTypes, combine, floatTypes, type Operand } from './apply.js';

function mapFloats(operator: OperatorName, operation: string, x: Value): Value {
  checkTypes(operation, [x], floatTypes);
  return apply(operator, [x], x);
}

/** `left + right`. */
export function add(left: Operand, right: Operand): Value {
  return combine('Add', 'add', left, right);
}

/** `left - right`. */
export function subtract(left: Operand, right: Operand): Value {
  return combine('Sub', 'subtract', left, right);
}

/** `left * right`. */
export function multiply(left: Operand, right: Operand): Value {
  return combine('Mul', 'multiply', left, right);
}

/** `left / right`; integers round towards zero. */
export function divide(left: Operand, right: Operand): Value {
  return combine('Div', 'divide', left, right);
}

/** `base` raised to `exponent`. */
export function power(base: Operand, exponent: Operand): Value {
  return combine('Pow', 'power', base, exponent);
}

/** The smaller of two, elementwise. */
export function minimum(left: Operand, right: Operand): Value {
  return combine('Min', 'minimum', left, right);
}

/** The larger of two, elementwise. */
export function maximum(left: Operand, right: Operand): Value {
  return combine('Max', 'maximum', left, right);
}

/** `-x`. */
export function negate(x: Value): Value {
  return apply('Neg', [x], x);
}

/** `|x|`. */
export function absolute(x: Value): Value {
  return apply('Abs', [x], x);
}

/** -1, 0 or 1. */
export function sign(x: Value): Value {
  return apply('Sign', [x], x);
}

/** Square root. */
export function sqrt(x: Value): Value {
  return mapFloats('Sqrt', 'sqrt', x);
}

/** `e` raised to `x`. */
export function exp(x: Value): Value {
  return mapFloats('Exp', 'exp', x);
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return mapFloats('Log', 'log', x);
}

/** Hyperbolic tangent. */
export function tanh(x: Value): Value {
  return mapFloats('Tanh', 'tanh', x);
}

/** Logistic function, 1 / (1 + exp(-x)). */
export function sigmoid(x: Value): Value {
  return mapFloats('Sigmoid', 'sigmoid', x);
}

/** max(x, 0). */
export function relu(x: Value): Value {
  return apply('Relu', [x], x);
}

/** log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)): ONNX Runtime's own kernel overflows in float64. */
export function softplus(x: Value): Value {
  checkTypes('softplus', [x], floatTypes);
  const result = add(relu(x), log(add(exp(negate(absolute(x))), 1)));
  x.graph.treatAs('Softplus', [x], result);
  return result;
}

/** log(sigmoid(x)), stable for large |x|. */
export function logSigmoid(x: Value): Value {
  return negate(softplus(negate(x)));
}
