// Which weights of an encoder learn, how fast each, and what low-rank adaptation puts beside them.
import { RandomSource } from '../../data/index.js';
import { elementCount, gemm, multiply, add, type Tensor, type Value } from '../../graph/index.js';
import { type AdaptableLayer, firstLayer, type TuningSettings } from './tuning-settings.js';

/** A weight that learns. */
export interface TunedParameter {
  readonly name: string;
  readonly initial: Tensor<'float32'>;
  /** Its learning rate over the encoder's. */
  readonly rateFactor: number;
  /** Whether it decays: matrices do. */
  readonly decays: boolean;
}

/** Where each adaptable kind of layer lies within a layer of the encoder. */
const adaptablePaths: Readonly<Record<AdaptableLayer, string>> = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attention: 'attention.output.dense',
  intermediate: 'intermediate.dense',
  output: 'output.dense',
};

/** Endings of the names of the two thin matrices of an adapted layer: [rank, inputs] and [outputs, rank]. */
const DOWN = '.lora_down';
const UP = '.lora_up';

/**
 * The parameters of the encoder that learn, in the order of `weights`.
 *
 * @param weights the encoder's, in float32, by name; layers above those that features need are not there
 */
export function chooseParameters(
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  settings: TuningSettings,
  { layers, seed }: { readonly layers: number; readonly seed: number },
): TunedParameter[] {
  // The embeddings lie below the lowest layer; whatever else has no layer (the pooler) lies above the highest.
  const rateOf = (name: string): number =>
    settings.layerDecay **
    (layers - 1 - (layerOf(name) ?? (name.startsWith('embeddings.') ? -1 : layers - 1)));
  const { mode } = settings;
  if (mode.kind === 'lora') {
    const random = new RandomSource(seed);
    return [...weights].flatMap(([name, { shape }]) =>
      isAdapted(name, mode.targets)
        ? thinMatrices(name.replace(/\.weight$/, ''), shape, mode.rank, random).map(
            (parameter) => ({ ...parameter, rateFactor: rateOf(name) }),
          )
        : [],
    );
  }
  const lowest = firstLayer(settings, layers);
  return [...weights].flatMap(([name, initial]) => {
    const layer = layerOf(name);
    const isEmbedding = name.startsWith('embeddings.');
    const learnsEmbedding = mode.kind === 'full' && mode.embeddings === true;
    const learns = layer === undefined ? !isEmbedding || learnsEmbedding : layer >= lowest;
    const decays = initial.shape.length > 1;
    return learns ? [{ name, initial, rateFactor: rateOf(name), decays }] : [];
  });
}

/**
 * What low-rank adaptation adds to the output of a linear layer: (alpha / rank) up down x. For `adapt` of
 * `buildEncoder`.
 *
 * @param parameter the value of a parameter's name, if there is one of that name
 */
export function buildAdaptation(
  { mode }: TuningSettings,
  parameter: (name: string) => Value | undefined,
): (name: string, rows: Value, output: Value) => Value {
  return (name, rows, output) => {
    const down = parameter(`${name}${DOWN}`);
    const up = parameter(`${name}${UP}`);
    if (mode.kind !== 'lora' || down === undefined || up === undefined) return output;
    const inner = gemm(rows, down, undefined, { transposeRight: true });
    const added = gemm(inner, up, undefined, { transposeRight: true });
    return add(output, multiply(added, mode.alpha / mode.rank));
  };
}

/**
 * The encoder's weights after training: those that learnt as they are, adapted ones with their products added.
 *
 * @param weights before training
 * @param trained by the names of {@link chooseParameters}
 * @returns the weights that changed, by their names in the encoder
 */
export function mergeParameters(
  weights: ReadonlyMap<string, Tensor<'float32'>>,
  trained: ReadonlyMap<string, Tensor>,
  { mode }: TuningSettings,
): Map<string, Tensor<'float32'>> {
  const merged = new Map<string, Tensor<'float32'>>();
  for (const [name, tensor] of weights) {
    const layer = name.replace(/\.weight$/, '');
    const [own, down, up] = [name, `${layer}${DOWN}`, `${layer}${UP}`].map((key) =>
      trained.get(key),
    );
    if (own !== undefined) merged.set(name, { ...tensor, data: floatsOf(own) });
    if (mode.kind === 'lora' && down !== undefined && up !== undefined) {
      merged.set(name, addProduct(tensor, up, down, mode.alpha / mode.rank));
    }
  }
  return merged;
}

function layerOf(name: string): number | undefined {
  const found = /^encoder\.layer\.(\d+)\./.exec(name);
  return found === null ? undefined : Number(found[1]);
}

function isAdapted(name: string, targets: readonly AdaptableLayer[]): boolean {
  const path = /^encoder\.layer\.\d+\.(.+)\.weight$/.exec(name)?.[1];
  return targets.some((target) => adaptablePaths[target] === path);
}

/** `up` begins at 0, so that training begins at the encoder as it is; `down` as PyTorch's linear layers do. */
function thinMatrices(
  layer: string,
  [outputs, inputs]: readonly number[],
  rank: number,
  random: RandomSource,
): Omit<TunedParameter, 'rateFactor'>[] {
  const bound = 1 / Math.sqrt(inputs);
  const down = Float32Array.from(
    { length: rank * inputs },
    () => bound * (2 * random.nextFloat() - 1),
  );
  const matrix = (shape: number[], data: Float32Array): Tensor<'float32'> => ({
    type: 'float32',
    shape,
    data,
  });
  const up = new Float32Array(elementCount([outputs, rank]));
  return [
    { name: `${layer}${DOWN}`, initial: matrix([rank, inputs], down), decays: true },
    { name: `${layer}${UP}`, initial: matrix([outputs, rank], up), decays: true },
  ];
}

/** weight + scale * up down, summed in float64. */
function addProduct(
  weight: Tensor<'float32'>,
  up: Tensor,
  down: Tensor,
  scale: number,
): Tensor<'float32'> {
  const [outputs, inputs] = weight.shape;
  const rank = down.shape[0];
  const [left, right] = [floatsOf(up), floatsOf(down)];
  const data = new Float32Array(weight.data.length);
  for (let row = 0; row < outputs; row += 1) {
    for (let column = 0; column < inputs; column += 1) {
      let sum = 0;
      for (let at = 0; at < rank; at += 1) {
        sum += left[row * rank + at] * right[at * inputs + column];
      }
      data[row * inputs + column] = weight.data[row * inputs + column] + scale * sum;
    }
  }
  return { ...weight, data };
}

function floatsOf({ data }: Tensor): Float32Array {
  if (!(data instanceof Float32Array)) throw new TypeError('weights are trained in float32');
  return data;
}
