// Gradient rules of elementwise operators. x, y stand for inputs, z for the output, g for the gradient of z.
import type { Value } from '../graph-builder.js';
import type { OperatorName } from '../operators.js';
import { cast, floatTypes } from '../operations/apply.js';
import {
  absolute,
  add,
  divide,
  exp,
  log,
  multiply,
  negate,
  power,
  sigmoid,
  sign,
  subtract,
} from '../operations/elementwise.js';
import { erf } from '../operations/error-function.js';
import { equal, greater, less, where } from '../operations/logic.js';
import { type GradientRule, sumToShape } from './rule.js';

/** Where `isFirst` holds the whole gradient goes to x; on a tie each operand takes half of it. */
function extremeRule(isFirst: (x: Value, y: Value) => Value): GradientRule {
  return ({ inputs: [x, y] }, g) => {
    const half = where(equal(x, y), multiply(g, 0.5), 0);
    return [
      sumToShape(where(isFirst(x, y), g, half), x.shape),
      sumToShape(where(isFirst(y, x), g, half), y.shape),
    ];
  };
}

/** d/dx x^y; the common constant exponents without a second power. */
function powerSlope(base: Value, exponent: Value): Value {
  const constant = exponent.rank === 0 ? exponent.tensor : undefined;
  if (constant !== undefined && Number(constant.data[0]) === 2) return multiply(base, 2);
  return multiply(exponent, power(base, subtract(exponent, 1)));
}

/**
 * d/dx (x Phi(x)) = Phi(x) + x phi(x), with Phi and phi the normal distribution function and density; with
 * u = x / sqrt 2 that is (1 + erf(u) + u exp(ln(2 / sqrt pi) - u^2)) / 2, which takes the fewest passes.
 */
function geluSlope(x: Value): Value {
  const u = multiply(x, Math.SQRT1_2);
  const bell = exp(subtract(Math.log(2 / Math.sqrt(Math.PI)), multiply(u, u)));
  return multiply(add(add(erf(u), multiply(u, bell)), 1), 0.5);
}

export const elementwiseRules = {
  Add: ({ inputs: [x, y] }, g) => [sumToShape(g, x.shape), sumToShape(g, y.shape)],
  Sub: ({ inputs: [x, y] }, g) => [sumToShape(g, x.shape), negate(sumToShape(g, y.shape))],
  Mul: ({ inputs: [x, y] }, g) => [
    sumToShape(multiply(g, y), x.shape),
    sumToShape(multiply(g, x), y.shape),
  ],
  Div: ({ inputs: [x, y], outputs: [z] }, g) => {
    const share = divide(g, y);
    return [sumToShape(share, x.shape), negate(sumToShape(multiply(share, z), y.shape))];
  },
  Pow: ({ inputs: [x, y], outputs: [z] }, g) => [
    sumToShape(multiply(g, powerSlope(x, y)), x.shape),
    // ln 0 is -infinity where z is 0: the limit of z ln x is 0 there.
    sumToShape(multiply(g, where(equal(z, 0), z, multiply(z, log(absolute(x))))), y.shape),
  ],
  Max: extremeRule(greater),
  Min: extremeRule(less),
  Neg: (_, g) => [negate(g)],
  Abs: ({ inputs: [x] }, g) => [multiply(g, sign(x))],
  Sqrt: ({ outputs: [z] }, g) => [divide(multiply(g, 0.5), z)],
  Exp: ({ outputs: [z] }, g) => [multiply(g, z)],
  Log: ({ inputs: [x] }, g) => [divide(g, x)],
  Tanh: ({ outputs: [z] }, g) => [multiply(g, subtract(1, multiply(z, z)))],
  Sigmoid: ({ outputs: [z] }, g) => [multiply(g, multiply(z, subtract(1, z)))],
  Relu: ({ outputs: [z] }, g) => [where(greater(z, 0), g, 0)],
  Softplus: ({ inputs: [x] }, g) => [multiply(g, sigmoid(x))],
  Erf: ({ inputs: [x] }, g) => [
    multiply(g, multiply(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI))),
  ],
  Gelu: ({ inputs: [x] }, g) => [multiply(g, geluSlope(x))],
  Cast: ({ inputs: [x] }, g) => [floatTypes.has(x.type) ? cast(g, x.type) : undefined],
  Identity: (_, g) => [g],
  Where: ({ inputs: [condition, x, y] }, g) => [
    undefined,
    sumToShape(where(condition, g, 0), x.shape),
    sumToShape(where(condition, 0, g), y.shape),
  ],
} satisfies Partial<Record<OperatorName, GradientRule>>;
