// The logistic function and its relatives, each safe at both ends.

/** 1 / (1 + exp(-logit)). */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** ln(1 + exp(value)), without overflow. */
export function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}

/** -(s ln s + (1 - s) ln(1 - s)) for s = sigmoid(logit). */
export function entropy(logit: number): number {
  if (!Number.isFinite(logit)) return 0;
  return sigmoid(logit) * softplus(-logit) + sigmoid(-logit) * softplus(logit);
}

/**
 * The root t of t + scale * sigmoid(t) + offset = 0: the logit at which one dual variable is at its best.
 * By Newton's method, bisecting where that would leave the bracket or not halve the step before.
 */
export function solveDualStep(start: number, offset: number, scale: number): number {
  let low = -offset - scale;
  let high = -offset;
  let logit = Math.min(high, Math.max(low, start));
  let before = high - low;
  for (let iteration = 0; iteration < 50; iteration++) {
    const share = sigmoid(logit);
    const error = logit + scale * share + offset;
    if (error > 0) high = logit;
    else low = logit;
    let next = logit - error / (1 + scale * share * (1 - share));
    // Where the sigmoid bends, Newton's steps can jump to and fro over the root, hardly shorter each time.
    const strays = next < low || next > high || Math.abs(next - logit) > before / 2;
    if (strays) next = (low + high) / 2;
    const change = Math.abs(next - logit);
    before = change;
    logit = next;
    if (change <= 1e-9) break;
  }
  return logit;
}
