// What the encoder's trained part is fed with for given rows: token ids, or the states of the layers below from disk.
import { type BertConfig, type Encoding, makeFeeds } from '../../bert/index.js';
import type { Tensor } from '../../graph/index.js';
import type { LayerStates } from './layer-states.js';
import { tuningNames } from './tuning-graphs.js';
import type { MicroBatch } from './tuning-schedule.js';

type NamedTensors = Readonly<Record<string, Tensor>>;

/** Feeds rows of a table to the encoder. */
export interface RowInputs {
  read(batch: MicroBatch): Promise<NamedTensors>;
}

/** The tokens of every row of a table, in one piece of memory. */
export class TokenTable {
  readonly lengths: Int32Array;
  private readonly encodings: readonly Encoding[];

  constructor(encodings: readonly Encoding[]) {
    this.encodings = encodings;
    this.lengths = Int32Array.from(encodings, ({ ids }) => ids.length);
  }

  /** The tokens of a row. */
  at(row: number): Encoding {
    return this.encodings[row];
  }
}

/** Token ids: every layer runs in training. */
export function feedTokens(tokens: TokenTable, config: BertConfig, paddingId: number): RowInputs {
  return {
    read: ({ rows, length }) => {
      const batch = Array.from(rows, (row) => tokens.at(row));
      const settings = { config, paddingId, maskSpecialTokens: false, length };
      return Promise.resolve(makeFeeds(batch, settings));
    },
  };
}

/** States of the layers below, read from disk. */
export function feedStates(states: LayerStates): RowInputs {
  return {
    read: async ({ rows, length }) => ({
      [tuningNames.states]: {
        type: 'float16',
        shape: [rows.length, length, states.width],
        data: await states.read(rows, length),
      },
      attention_mask: maskOf(rows, states.lengths, length),
    }),
  };
}

function maskOf(rows: Int32Array, lengths: Int32Array, length: number): Tensor<'int64'> {
  const data = new BigInt64Array(rows.length * length);
  rows.forEach((row, place) => {
    data.fill(1n, place * length, place * length + lengths[row]);
  });
  return { type: 'int64', shape: [rows.length, length], data };
}
