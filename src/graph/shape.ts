// Shapes with symbolic sizes: a dimension is a number, or a name such as 'batch', or a product such as '4*batch*sequence'.

/** A size known now (number) or at run time (name, or product of names written with `*`). */
export type Dimension = number | string;

/** The dimensions of a value, outermost first; `[]` for a scalar. */
export type Shape = readonly Dimension[];

/** `[batch, 384]`, for messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Whether two shapes are the same, names included. */
export function sameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis]);
}

/** The factors of a dimension: its number, and its names in order. */
export function dimensionFactors(size: Dimension): { coefficient: number; symbols: string[] } {
  if (typeof size === 'number') return { coefficient: size, symbols: [] };
  let coefficient = 1;
  const symbols: string[] = [];
  for (const factor of size.split('*')) {
    if (/^\d+$/.test(factor)) coefficient *= Number(factor);
    else symbols.push(factor);
  }
  return { coefficient, symbols: symbols.sort() };
}

function joinFactors(coefficient: number, symbols: readonly string[]): Dimension {
  if (symbols.length === 0 || coefficient === 0) return coefficient;
  return [...(coefficient === 1 ? [] : [String(coefficient)]), ...symbols].join('*');
}

/** The number of elements of a shape, as one dimension in canonical form. */
export function multiplyDimensions(shape: Shape): Dimension {
  const factors = shape.map(dimensionFactors);
  return joinFactors(
    factors.reduce((product, { coefficient }) => product * coefficient, 1),
    factors.flatMap(({ symbols }) => symbols).sort(),
  );
}

/** `dividend / divisor` where the division leaves no rest whatever the names stand for, else undefined. */
export function divideDimensions(dividend: Dimension, divisor: Dimension): Dimension | undefined {
  const top = dimensionFactors(dividend);
  const bottom = dimensionFactors(divisor);
  const symbols = [...top.symbols];
  for (const symbol of bottom.symbols) {
    const position = symbols.indexOf(symbol);
    if (position < 0) return undefined;
    symbols.splice(position, 1);
  }
  const quotient = top.coefficient / bottom.coefficient;
  return Number.isInteger(quotient) ? joinFactors(quotient, symbols) : undefined;
}

/** The sum of two dimensions; with a name in it, one new name that stands for the whole sum. */
export function addDimensions(left: Dimension, right: Dimension): Dimension {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (right === 0) return left;
  if (left === 0) return right;
  const sign = typeof right === 'number' && right < 0 ? '' : '+';
  return `(${left}${sign}${right})`.replaceAll('*', '·');
}

/**
 * The shape that two operands broadcast to under NumPy's rules, or undefined when they do not. A name
 * meets only itself or 1: that a name might stand for the other's size is not assumed.
 */
export function broadcastShapes(left: Shape, right: Shape): Shape | undefined {
  const rank = Math.max(left.length, right.length);
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1) return undefined;
    result.push(a === 1 ? b : a);
  }
  return result;
}

/**
 * An axis counted from the front.
 * @throws RangeError when the axis lies outside -rank..rank-1; the message names `operation`
 */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank) {
    throw new RangeError(`${operation}: axis ${axis} lies outside a rank of ${rank}`);
  }
  return resolved;
}
