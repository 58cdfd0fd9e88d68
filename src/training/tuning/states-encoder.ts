// Runs an encoder once for both of what fine-tuning begins with: a head's features, and the states of a layer.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildEncoder,
  buildFeatures,
  declareInputs,
  type Encoding,
  initializersOf,
  makeFeeds,
} from '../../bert/index.js';
import { cast, GraphBuilder, type Tensor, writeModel } from '../../graph/index.js';
import { type BatchWork, mapInBatches, WorkerPool } from '../../runtime/index.js';
import type { EncoderSource } from './encoder-source.js';

/** What one sequence comes to. */
export interface PassedSequence {
  /** float16 bits [tokens, hidden]: the output of the layer. */
  readonly states: Uint16Array;
  /** [width]; empty where none were asked for. */
  readonly features: Float32Array;
}

/** How a {@link StatesEncoder} is made. */
export interface StatesEncoderOptions {
  /** Layer whose output is given; 0 is that of the embeddings. */
  readonly layer: number;
  readonly paddingId: number;
  /** An existing folder for the models' files, which are removed again. */
  readonly folder: string;
  readonly workers?: number | undefined;
}

/** Numbers of states that are held at a time, about: 32 MB. */
const WINDOW_NUMBERS = 2 ** 24;

const outputs = { features: 'encodings', states: 'states' } as const;

/**
 * Two models, each started when it is first needed: one for features and states, one for states alone, which ends at
 * the layer. Features and states have the bits that an `Encoder` gives of each alone.
 */
export class StatesEncoder {
  readonly #pools = new Map<boolean, WorkerPool>();
  readonly #files: string[] = [];

  constructor(
    private readonly source: EncoderSource,
    private readonly options: StatesEncoderOptions,
  ) {}

  /** Numbers of a token's state. */
  get width(): number {
    return this.source.config.hiddenSize;
  }

  /**
   * One result a sequence, in order. The same sequences make the same batches.
   *
   * @param onBatch called with the sequences of each batch that is done
   * @throws PolytagError as `WorkerPool.open` and `WorkerPool.run`; the signal's reason
   */
  async *encode(
    sequences: Iterable<Encoding>,
    withFeatures: boolean,
    { signal, onBatch }: { signal?: AbortSignal | undefined; onBatch?: (count: number) => void },
  ): AsyncGenerator<PassedSequence, void, undefined> {
    const pool = this.#pools.get(withFeatures) ?? (await this.#start(withFeatures));
    const windowTokens = Math.ceil(WINDOW_NUMBERS / this.width);
    yield* mapInBatches(sequences, this.#work, pool, { signal, onBatch, windowTokens });
  }

  /** Ends the threads, and removes the models' files. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    this.#pools.clear();
    for (const file of this.#files.splice(0)) await rm(file, { force: true });
  }

  async #start(withFeatures: boolean): Promise<WorkerPool> {
    const { folder, workers } = this.options;
    const path = join(folder, withFeatures ? 'features-and-states.onnx' : 'states.onnx');
    this.#files.push(path, `${path}.data`);
    // Weights apart from the graph are mapped, and shared by the workers.
    await writeModel(this.#build(withFeatures), path, { externalAbove: 0, durable: false });
    const pool = await WorkerPool.open(path, { workers });
    this.#pools.set(withFeatures, pool);
    return pool;
  }

  #build(withFeatures: boolean): GraphBuilder {
    const { config, features, weights } = this.source;
    const { layer } = this.options;
    const graph = new GraphBuilder();
    const inputs = declareInputs(graph, config);
    const weight = initializersOf(graph, weights);
    const last = withFeatures ? features.lastLayer : layer;
    const states = buildEncoder({ config, ...inputs, weight }, last);
    const state = states.get(layer);
    if (state === undefined) throw new RangeError(`layer ${layer} of ${last}`);
    if (withFeatures) {
      const pooled = buildFeatures(features, states, inputs.attentionMask, weight);
      graph.output(outputs.features, pooled);
    }
    graph.output(outputs.states, cast(state, 'float16'));
    return graph;
  }

  get #work(): BatchWork<Encoding, PassedSequence> {
    const { paddingId } = this.options;
    const settings = { config: this.source.config, paddingId, maskSpecialTokens: false };
    return {
      lengthOf: ({ ids }) => ids.length,
      makeFeeds: (batch) => makeFeeds(batch, settings),
      takeResults: (results, batch) => takeSequences(results, batch),
    };
  }
}

/** Each sequence's part of the outputs, copied, without padding. */
function takeSequences(
  results: Readonly<Record<string, Tensor>>,
  batch: readonly Encoding[],
): PassedSequence[] {
  const { data: states, shape } = results[outputs.states];
  const features = outputs.features in results ? results[outputs.features].data : undefined;
  if (!(states instanceof Uint16Array)) throw new TypeError('states are float16');
  const [, longest, width] = shape;
  return batch.map(({ ids }, place) => {
    const start = place * longest * width;
    return {
      states: states.slice(start, start + ids.length * width),
      features: featuresOf(features, place, batch.length),
    };
  });
}

function featuresOf(data: Tensor['data'] | undefined, place: number, rows: number): Float32Array {
  if (data === undefined) return new Float32Array(0);
  if (!(data instanceof Float32Array)) throw new TypeError('features are float32');
  const width = data.length / rows;
  return data.slice(place * width, (place + 1) * width);
}
