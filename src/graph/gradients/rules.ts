// The one table from operator to gradient rule. Every operator has an entry: a rule, or why it has none.
import type { OperatorName } from '../operators.js';
import { elementwiseRules } from './elementwise-rules.js';
import { matrixRules } from './matrix-rules.js';
import type { GradientRule } from './rule.js';
import { shapingRules } from './shaping-rules.js';

/** The operator's result does not move when its inputs move a little: nothing flows back. */
export const NOT_DIFFERENTIABLE = 'not differentiable';

/** The operator stands only in inference graphs or in gradients themselves: asking for its gradient is an error. */
export const NO_RULE = 'no rule';

export const gradientRules: Readonly<
  Record<OperatorName, GradientRule | typeof NOT_DIFFERENTIABLE | typeof NO_RULE>
> = {
  ...elementwiseRules,
  ...matrixRules,
  ...shapingRules,
  And: NOT_DIFFERENTIABLE,
  BitShift: NOT_DIFFERENTIABLE,
  BitwiseOr: NOT_DIFFERENTIABLE,
  BitwiseXor: NOT_DIFFERENTIABLE,
  Equal: NOT_DIFFERENTIABLE,
  Greater: NOT_DIFFERENTIABLE,
  GreaterOrEqual: NOT_DIFFERENTIABLE,
  Less: NOT_DIFFERENTIABLE,
  LessOrEqual: NOT_DIFFERENTIABLE,
  Not: NOT_DIFFERENTIABLE,
  Or: NOT_DIFFERENTIABLE,
  Range: NOT_DIFFERENTIABLE,
  Shape: NOT_DIFFERENTIABLE,
  Sign: NOT_DIFFERENTIABLE,
  DynamicQuantizeMatMul: NO_RULE,
  FusedMatMul: NO_RULE,
  Pad: NO_RULE,
};
