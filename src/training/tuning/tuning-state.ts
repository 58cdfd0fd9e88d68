// The state that the graphs of fine-tuning share: weights, moments, and gradients where they are gathered.
import type { Tensor } from '../../graph/index.js';
import type { TunedParameter } from './tuning-parameters.js';

/** A state tensor: the graphs read `input` and compute its successor, `output`. */
export interface TuningState {
  readonly input: string;
  readonly output: string;
  readonly initial: Tensor;
}

/** Names of AdamW's running means of a parameter's gradient and of its square. */
export const momentNames = (name: string): [string, string] => [
  `${name}.first_moment`,
  `${name}.second_moment`,
];

/** The name of what is gathered of a parameter's gradient. */
export const gradientName = (name: string): string => `${name}.gradient`;

/** The output that replaces the state of a name. */
export const successor = (name: string): string => `${name}.next`;

/** Weights and moments. */
export function weightStates(parameters: readonly TunedParameter[]): TuningState[] {
  return parameters.flatMap(({ name, initial }) => [
    { input: name, output: successor(name), initial },
    ...momentNames(name).map((moment) => zeroState(moment, initial)),
  ]);
}

/** Gathered gradients. */
export function gradientStates(parameters: readonly TunedParameter[]): TuningState[] {
  return parameters.map(({ name, initial }) => zeroState(gradientName(name), initial));
}

function zeroState(name: string, like: Tensor<'float32'>): TuningState {
  const initial = { ...like, data: new Float32Array(like.data.length) };
  return { input: name, output: successor(name), initial };
}
