// Reverse-mode differentiation: one walk from the loss back to the parameters, adding nodes by the rule table.
import type { Node, Value } from '../graph-builder.js';
import { add } from '../operations/elementwise.js';
import { floatTypes } from '../operations/apply.js';
import { multiplyDimensions, sameShape } from '../shape.js';
import { filledLike } from './rule.js';
import { gradientRules, NO_RULE, NOT_DIFFERENTIABLE } from './rules.js';

/**
 * The gradients of `loss` with respect to each of `parameters`, as new values of the same graph, of the
 * parameters' types and shapes. A parameter that the loss does not depend on has a gradient of zeros.
 * @param loss one floating point number
 * @throws Error when the way from a parameter to the loss goes through an operator without a rule
 */
export function gradients(loss: Value, parameters: readonly Value[]): Value[] {
  if (multiplyDimensions(loss.shape) !== 1 || !floatTypes.has(loss.type)) {
    throw new TypeError(
      `gradients: the loss must be one floating point number, is ${loss.toString()}`,
    );
  }
  return loss.graph.scope('gradients', () => {
    const sums = new Map([[loss, filledLike(loss, 1)]]);
    const { path, isOnPath } = findPath(loss, new Set(parameters));
    for (const application of path.reverse()) propagate(application, sums, isOnPath);
    return parameters.map((parameter) => sums.get(parameter) ?? filledLike(parameter, 0));
  });
}

/** What lies between the parameters and the loss: nodes, each after those it depends on. */
function findPath(
  loss: Value,
  parameters: ReadonlySet<Value>,
): { path: Node[]; isOnPath: (value: Value) => boolean } {
  const known = new Map<Value, boolean>();
  const path = new Set<Node>();
  const visit = (value: Value): boolean => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const node = value.graph.derivationOf(value);
    const isReached = node !== undefined && differentiableInputs(node).map(visit).includes(true);
    if (isReached) path.add(node);
    known.set(value, isReached || parameters.has(value));
    return isReached || parameters.has(value);
  };
  visit(loss);
  return { path: [...path], isOnPath: (value) => known.get(value) === true };
}

function differentiableInputs(node: Node): Value[] {
  if (gradientRules[node.operator] === NOT_DIFFERENTIABLE) return [];
  return givenInputs(node).filter(({ type }) => floatTypes.has(type));
}

function givenInputs({ inputs }: Node): Value[] {
  return inputs.filter((value) => value !== undefined);
}

/** Adds what `node`'s rule hands back to the sums of its inputs. */
function propagate(node: Node, sums: Map<Value, Value>, isOnPath: (value: Value) => boolean): void {
  const { operator, name, outputs } = node;
  if (!outputs.some((output) => sums.has(output))) return;
  const rule = gradientRules[operator];
  if (rule === NO_RULE || rule === NOT_DIFFERENTIABLE) {
    throw new Error(`gradients: no rule for the operator ${operator} (node ${name})`);
  }
  const inputs = givenInputs(node);
  const handedBack = outputs[0].graph.scope(name, () => {
    const received = outputs.map((output) => sums.get(output) ?? filledLike(output, 0));
    return rule({ ...node, inputs }, received[0], received);
  });
  inputs.forEach((input, index) => {
    if (!isOnPath(input)) return;
    const gradient = handedBack.at(index);
    checkGradient(operator, input, gradient);
    const sum = sums.get(input);
    sums.set(input, sum === undefined ? gradient : add(sum, gradient));
  });
}

function checkGradient(
  operator: string,
  input: Value,
  gradient: Value | undefined,
): asserts gradient is Value {
  if (gradient?.type === input.type && sameShape(gradient.shape, input.shape)) return;
  throw new Error(
    `gradients: the rule of ${operator} gives ${gradient?.toString() ?? 'nothing'} for ${input.toString()}`,
  );
}
