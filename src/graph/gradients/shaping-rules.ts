// Gradient rules of operators that move, repeat or look up elements.
import type { OperatorName } from '../operators.js';
import { apply } from '../operations/apply.js';
import { add, subtract } from '../operations/elementwise.js';
import { gatherElements, scatterAdd } from '../operations/indexing.js';
import { concat, expand, reshape, sizeOf, split, transpose } from '../operations/shaping.js';
import {
  constantIntegers,
  filledLike,
  type GradientRule,
  integerAttribute,
  integersAttribute,
  sumToShape,
} from './rule.js';

const reshapeRule: GradientRule = ({ inputs: [x] }, g) => [reshape(g, x.shape)];

/** Rows that were looked up more than once collect the gradients of all their uses. */
const gatherRule: GradientRule = (application, g) => {
  const [x, indices] = application.inputs;
  const axis = integerAttribute(application, 'axis');
  const updates = reshape(g, [...x.shape.slice(0, axis), -1, ...x.shape.slice(axis + 1)]);
  const places = reshape(
    indices,
    updates.shape.map((size, place) => (place === axis ? size : 1)),
  );
  return [scatterAdd(filledLike(x, 0), expand(places, updates.shape), updates, axis)];
};

/** Zeros where the slice did not look. */
const sliceRule: GradientRule = (application, g) => {
  const [x, starts, , axes] = application.inputs;
  const { graph } = x;
  const [start] = constantIntegers(application, starts);
  const [axis] = constantIntegers(application, axes);
  const total = sizeOf(graph, x.shape[axis]);
  const before = start < 0 ? add(total, start) : starts;
  const after = subtract(subtract(total, sizeOf(graph, g.shape[axis])), before);
  return [apply('Pad', [g, concat([before, after], 0), undefined, axes], x)];
};

export const shapingRules = {
  Reshape: reshapeRule,
  Squeeze: reshapeRule,
  Unsqueeze: reshapeRule,
  Transpose: (application, g) => {
    const order = integersAttribute(application, 'perm');
    return [
      transpose(
        g,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ];
  },
  Expand: ({ inputs: [x] }, g) => [sumToShape(g, x.shape)],
  Concat: (application, g) => {
    const axis = integerAttribute(application, 'axis');
    return split(
      g,
      axis,
      application.inputs.map(({ shape }) => shape[axis]),
    );
  },
  Split: (application, _, gradients) => [concat(gradients, integerAttribute(application, 'axis'))],
  Slice: sliceRule,
  Gather: gatherRule,
  GatherElements: (application, g) => {
    const [x, indices] = application.inputs;
    return [scatterAdd(filledLike(x, 0), indices, g, integerAttribute(application, 'axis'))];
  },
  ScatterElements: (application, g) => {
    const [, indices] = application.inputs;
    return [g, undefined, gatherElements(g, indices, integerAttribute(application, 'axis'))];
  },
} satisfies Partial<Record<OperatorName, GradientRule>>;
