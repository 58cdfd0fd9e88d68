// Weighs tokens by integrated gradients: sessions in worker threads, opened at the first text that asks for it.
import {
  type BertConfig,
  type Encoding,
  makeFeeds,
  rowsOfLogits,
  TemporaryModel,
  type WordPieceTokenizer,
} from '../../bert/index.js';
import { type BatchWork, mapInBatches, WorkerPool } from '../../runtime/index.js';
import type { TrainedFolder } from '../trained-folder.js';
import { readTrainedWeights } from '../trained-weights.js';
import { attributionNames, buildAttributionModel } from './attribution-model.js';

/** One pass through the model. */
interface Pass {
  readonly tokens: Encoding;
  readonly label: number;
  readonly share: number;
}

/** What a pass gives. */
export interface PassResult {
  /** One a label. */
  readonly logits: Float32Array;
  /** One a token, special tokens included. */
  readonly attributions: Float32Array;
}

/** What is asked of one sequence. */
export interface AttributionRequest {
  readonly tokens: Encoding;
  readonly label: number;
}

/** Points between base and text that gradients are taken at, in the middle of as many equal steps. */
const INTEGRATION_STEPS = 16;

/** Weighs tokens. Calls may overlap. */
export class GradientAttributor {
  private constructor(
    private readonly pool: WorkerPool,
    private readonly file: TemporaryModel,
    private readonly work: BatchWork<Pass, PassResult>,
  ) {}

  /** @throws PolytagError as `readTrainedWeights` and `WorkerPool.open`; those of writing */
  static async open(
    trained: Pick<TrainedFolder, 'folder' | 'record'>,
    tokenizer: WordPieceTokenizer,
    workers: number,
  ): Promise<GradientAttributor> {
    const weights = await readTrainedWeights(trained);
    const file = await TemporaryModel.write(buildAttributionModel(weights));
    try {
      const pool = await WorkerPool.open(file.path, { workers });
      const work = describePasses(weights.config, tokenizer, trained.record.labels.length);
      return new GradientAttributor(pool, file, work);
    } catch (error) {
      await file.remove();
      throw error;
    }
  }

  /**
   * Integrated gradients of each request's tokens for its label: over all tokens they sum, but for the error of the
   * steps, to the label's logit less that of the sequence with its words masked.
   *
   * @param steps default {@link INTEGRATION_STEPS}
   * @throws PolytagError as `WorkerPool.run`; the signal's reason
   */
  async attribute(
    requests: readonly AttributionRequest[],
    signal?: AbortSignal,
    steps = INTEGRATION_STEPS,
  ): Promise<Float32Array[]> {
    const passes = requests.flatMap((request) =>
      Array.from({ length: steps }, (_, step) => ({ ...request, share: (step + 0.5) / steps })),
    );
    const sums = requests.map(({ tokens }) => new Float32Array(tokens.ids.length));
    let pass = 0;
    for await (const { attributions } of mapInBatches(passes, this.work, this.pool, { signal })) {
      const sum = sums[Math.floor(pass++ / steps)];
      for (let token = 0; token < sum.length; token++) sum[token] += attributions[token] / steps;
    }
    return sums;
  }

  /**
   * The logits of sequences part of the way from their words masked (0) to themselves (1).
   *
   * @throws PolytagError as `WorkerPool.run`; the signal's reason
   */
  async score(
    sequences: readonly Encoding[],
    share: number,
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    const passes = sequences.map((tokens) => ({ tokens, share, label: 0 }));
    const rows: Float32Array[] = [];
    for await (const { logits } of mapInBatches(passes, this.work, this.pool, { signal })) {
      rows.push(logits);
    }
    return rows;
  }

  /** Waits for what is under way, then ends the workers. */
  async close(): Promise<void> {
    await this.pool.close();
    await this.file.remove();
  }
}

/** How passes become batches, and batches results. */
function describePasses(
  config: BertConfig,
  tokenizer: WordPieceTokenizer,
  labels: number,
): BatchWork<Pass, PassResult> {
  const settings = { config, paddingId: tokenizer.paddingId, maskSpecialTokens: false };
  const absent = tokenizer.maskId ?? tokenizer.paddingId;
  const withoutWords = (tokens: Encoding): Encoding => ({
    ...tokens,
    ids: tokens.ids.map((id, token) => (tokens.sources[token] < 0 ? id : absent)),
  });
  return {
    lengthOf: ({ tokens }) => tokens.ids.length,
    makeFeeds: (batch) => {
      const sequences = batch.map(({ tokens }) => tokens);
      const base = makeFeeds(sequences.map(withoutWords), settings);
      const selection = new Float32Array(batch.length * labels);
      batch.forEach(({ label }, row) => {
        selection[row * labels + label] = 1;
      });
      const shares = Float32Array.from(batch, ({ share }) => share);
      return {
        ...makeFeeds(sequences, settings),
        [attributionNames.baseIds]: base.input_ids,
        [attributionNames.selection]: {
          type: 'float32',
          shape: [batch.length, labels],
          data: selection,
        },
        [attributionNames.share]: { type: 'float32', shape: [batch.length], data: shares },
      };
    },
    takeResults: (outputs, batch) => {
      const { data, shape } = outputs[attributionNames.attributions];
      if (!(data instanceof Float32Array)) throw new TypeError('attributions are float32');
      return rowsOfLogits(outputs).map((logits, row) => {
        const start = row * shape[1];
        const { length } = batch[row].tokens.ids;
        return { logits, attributions: data.slice(start, start + length) };
      });
    },
  };
}
