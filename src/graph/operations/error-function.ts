// The error function and GELU. ONNX Runtime computes both in float32 only; in float64 they are built from other operators.
import type { Value } from '../graph-builder.js';
import { apply, checkTypes, floatTypes } from './apply.js';
import { absolute, add, divide, exp, multiply, sign, subtract } from './elementwise.js';

/** Error function. */
export function erf(x: Value): Value {
  checkTypes('erf', [x], floatTypes);
  if (x.type !== 'float64') return apply('Erf', [x], x);
  const result = x.graph.scope('erf', () => erfOfFloat64(x));
  x.graph.treatAs('Erf', [x], result);
  return result;
}

/** `x` times the normal distribution function at `x`: GELU by erf, not its tanh approximation. */
export function gelu(x: Value): Value {
  checkTypes('gelu', [x], floatTypes);
  if (x.type !== 'float64') return apply('Gelu', [x], x);
  const result = multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1));
  x.graph.treatAs('Gelu', [x], result);
  return result;
}

/**
 * Coefficients of y^0, y^1 ... of the polynomial that stands for ln(erfc(z) exp(z^2) / t) with
 * t = 2 / (2 + z) and y = 2 t - 1: the Chebyshev interpolation of degree 27, computed with 60 digits and
 * rounded. Largest error of the erf made of it: 2.3e-16.
 */
const logarithmCoefficients = [
  -0.6717940840566923, 0.6726432239776567, 0.04734330684190443, -0.0468956102311753,
  -0.009872689366389959, 0.008824938557060623, 0.001758933557799016, -0.002345812500482853,
  -0.00014624686337800336, 0.000673678795580235, -9.37350311709817e-5, -0.0001743029472030762,
  7.14010141275703e-5, 3.17451797494374e-5, -3.0187884551394243e-5, 1.3772664134464417e-7,
  8.562623420121286e-6, -2.947986876998259e-6, -1.27231190486887e-6, 1.2500276612569754e-6,
  -1.6849800720653297e-7, -2.495832761719667e-7, 1.5334345920908177e-7, 1.4448658046252676e-9,
  -3.9171820510271855e-8, 1.1172352263623759e-8, 4.06088214696972e-9, -1.8902306008944537e-9,
];

/** erf(x) = sign(x) (1 - erfc(|x|)) with erfc(z) = t exp(polynomial(y) - z^2). */
function erfOfFloat64(x: Value): Value {
  const z = absolute(x);
  const t = divide(2, add(z, 2));
  const y = subtract(multiply(t, 2), 1);
  const [constant, ...others] = logarithmCoefficients;
  const polynomial = add(
    others.reduceRight<Value | number>(
      (sum, coefficient) =>
        multiply(y, typeof sum === 'number' ? coefficient : add(sum, coefficient)),
      0,
    ),
    constant,
  );
  const complement = multiply(t, exp(subtract(polynomial, multiply(z, z))));
  return multiply(sign(x), subtract(1, complement));
}
