// Logistic regression on two logits: slopes that labels share, none negative, and an intercept for each label.

/** The known cells of one label, of both classes. */
export interface LabelCells {
  readonly model: Float32Array;
  readonly baseline: Float32Array;
  /** 1 where the label applies, else 0. */
  readonly targets: Uint8Array;
}

/** The weights of the two logits. */
export interface Slopes {
  readonly model: number;
  readonly baseline: number;
}

/** Fitted labels. */
export interface SharedSlopes extends Slopes {
  /** One a label. */
  readonly offsets: Float64Array;
  /** What is minimised, at its minimum. */
  readonly objective: number;
}

/** Where slopes are drawn to, and how strongly. */
export interface Pull {
  readonly centre: Slopes;
  /** Above 0: strength/2 times the squared distance is added to the loss. */
  readonly strength: number;
}

/** Which slopes are fitted; the others are 0. */
type Free = Readonly<Record<keyof Slopes, boolean>>;

/** Steps of Newton's method at most; a dozen is usual. */
const MAXIMAL_STEPS = 100;

/** Steps end once none changes the objective by more than this share. */
const TOLERANCE = 1e-12;

/**
 * Minimises, over slopes of at least 0 and intercepts, the sum over cells of ln(1 + exp(-s z)) with
 * z = model slope x model logit + baseline slope x baseline logit + the label's intercept, s = 1 or -1, plus the pull.
 *
 * The problem is convex: where its free minimum has a negative slope, the minimum lies where that slope is 0.
 */
export function fitSharedSlopes(labels: readonly LabelCells[], pull: Pull): SharedSlopes {
  const free = minimize(labels, pull, { model: true, baseline: true });
  if (isFeasible(free)) return free;
  return [
    minimize(labels, pull, { model: true, baseline: false }),
    minimize(labels, pull, { model: false, baseline: true }),
    minimize(labels, pull, { model: false, baseline: false }),
  ]
    .filter(isFeasible)
    .reduce((best, next) => (next.objective < best.objective ? next : best));
}

function isFeasible({ model, baseline }: Slopes): boolean {
  return model >= 0 && baseline >= 0;
}

/** Newton's method; a step that is too long is halved. */
function minimize(labels: readonly LabelCells[], pull: Pull, free: Free): SharedSlopes {
  const { centre } = pull;
  const start = {
    model: free.model ? centre.model : 0,
    baseline: free.baseline ? centre.baseline : 0,
    offsets: new Float64Array(labels.length),
  };
  let current: SharedSlopes = { ...start, objective: measure(labels, pull, start) };
  for (let step = 0; step < MAXIMAL_STEPS; step++) {
    const next = descend(labels, pull, current, newtonStep(labels, pull, current, free));
    if (next === undefined) return current;
    const gain = current.objective - next.objective;
    current = next;
    if (gain <= TOLERANCE * Math.abs(current.objective)) return current;
  }
  return current;
}

type Point = Omit<SharedSlopes, 'objective'>;

/** The point a step away, or half, a quarter.. of one; undefined when none is lower. */
function descend(
  labels: readonly LabelCells[],
  pull: Pull,
  from: SharedSlopes,
  direction: Point,
): SharedSlopes | undefined {
  for (let length = 1; length > 1e-9; length /= 2) {
    const point = {
      model: from.model + length * direction.model,
      baseline: from.baseline + length * direction.baseline,
      offsets: from.offsets.map((offset, at) => offset + length * direction.offsets[at]),
    };
    const objective = measure(labels, pull, point);
    if (objective < from.objective) return { ...point, objective };
  }
  return undefined;
}

function measure(
  labels: readonly LabelCells[],
  { centre, strength }: Pull,
  { model, baseline, offsets }: Point,
): number {
  let sum = (strength / 2) * ((model - centre.model) ** 2 + (baseline - centre.baseline) ** 2);
  labels.forEach((cells, label) => {
    for (let at = 0; at < cells.targets.length; at++) {
      const logit = model * cells.model[at] + baseline * cells.baseline[at] + offsets[label];
      const wrong = cells.targets[at] === 1 ? -logit : logit;
      sum += Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)));
    }
  });
  return sum;
}

/** Gradient and second derivatives of the loss of one label's cells by its slopes and its intercept. */
interface Derivatives {
  model: number;
  baseline: number;
  offset: number;
  modelModel: number;
  modelBaseline: number;
  baselineBaseline: number;
  modelOffset: number;
  baselineOffset: number;
  offsetOffset: number;
}

function differentiate(cells: LabelCells, slopes: Slopes, offset: number): Derivatives {
  const sums = {
    ...{ model: 0, baseline: 0, offset: 0, modelModel: 0, modelBaseline: 0 },
    ...{ baselineBaseline: 0, modelOffset: 0, baselineOffset: 0, offsetOffset: 0 },
  };
  for (let at = 0; at < cells.targets.length; at++) {
    const model = cells.model[at];
    const baseline = cells.baseline[at];
    const share = 1 / (1 + Math.exp(-(slopes.model * model + slopes.baseline * baseline + offset)));
    const error = share - cells.targets[at];
    const curvature = share * (1 - share);
    sums.model += error * model;
    sums.baseline += error * baseline;
    sums.offset += error;
    sums.modelModel += curvature * model * model;
    sums.modelBaseline += curvature * model * baseline;
    sums.baselineBaseline += curvature * baseline * baseline;
    sums.modelOffset += curvature * model;
    sums.baselineOffset += curvature * baseline;
    sums.offsetOffset += curvature;
  }
  return sums;
}

/**
 * Intercepts touch no other label's cells, so they are eliminated one by one and two equations for the slopes are
 * left.
 */
function newtonStep(
  labels: readonly LabelCells[],
  { centre, strength }: Pull,
  point: SharedSlopes,
  free: Free,
): Point {
  const parts = labels.map((cells, label) => differentiate(cells, point, point.offsets[label]));
  let model = strength * (point.model - centre.model);
  let baseline = strength * (point.baseline - centre.baseline);
  let modelModel = strength;
  let baselineBaseline = strength;
  let modelBaseline = 0;
  for (const part of parts) {
    const { modelOffset, baselineOffset } = part;
    const curvature = curvatureOf(part);
    model += part.model - (modelOffset * part.offset) / curvature;
    baseline += part.baseline - (baselineOffset * part.offset) / curvature;
    modelModel += part.modelModel - modelOffset ** 2 / curvature;
    baselineBaseline += part.baselineBaseline - baselineOffset ** 2 / curvature;
    modelBaseline += part.modelBaseline - (modelOffset * baselineOffset) / curvature;
  }
  const step = { model: 0, baseline: 0 };
  if (free.model && free.baseline) {
    const determinant = modelModel * baselineBaseline - modelBaseline ** 2;
    step.model = (modelBaseline * baseline - baselineBaseline * model) / determinant;
    step.baseline = (modelBaseline * model - modelModel * baseline) / determinant;
  } else if (free.model) step.model = -model / modelModel;
  else if (free.baseline) step.baseline = -baseline / baselineBaseline;
  const offsets = Float64Array.from(parts, (part) => {
    const { offset, modelOffset, baselineOffset } = part;
    const moved = modelOffset * step.model + baselineOffset * step.baseline;
    return -(offset + moved) / curvatureOf(part);
  });
  return { ...step, offsets };
}

/** Far out, where every cell is certain, there is none left; a little keeps the step finite. */
function curvatureOf({ offsetOffset }: Derivatives): number {
  return Math.max(offsetOffset, 1e-9);
}
