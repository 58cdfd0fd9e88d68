// What the encoder's trained part is fed with for given rows: token ids, or the states of the layers below from disk.
import { type BertConfig, type Encoding, makeFeeds } from '../../bert/index.js';
import type { Tensor } from '../../graph/index.js';
import type { LayerStates } from './layer-states.js';
import { tuningNames } from './tuning-graphs.js';
import type { MicroBatch } from './tuning-schedule.js';

type NamedTensors = Readonly<Record<string, Tensor>>;

/** Feeds pieces of a table's rows to the encoder: rows as they are cut, or their windows. */
export interface RowInputs {
  read(batch: Pick<MicroBatch, 'pieces' | 'length'>): Promise<NamedTensors>;
}

/** Token ids: every layer runs in training. @param encodings of every piece */
export function feedTokens(
  encodings: readonly Encoding[],
  config: BertConfig,
  paddingId: number,
): RowInputs {
  return {
    read: ({ pieces, length }) => {
      const batch = Array.from(pieces, (piece) => encodings[piece]);
      const settings = { config, paddingId, maskSpecialTokens: false, length };
      return Promise.resolve(makeFeeds(batch, settings));
    },
  };
}

/** States of the layers below, read from disk. */
export function feedStates(states: LayerStates): RowInputs {
  return {
    read: async ({ pieces, length }) => ({
      [tuningNames.states]: {
        type: 'float16',
        shape: [pieces.length, length, states.width],
        data: await states.read(pieces, length),
      },
      attention_mask: maskOf(pieces, states.lengths, length),
    }),
  };
}

function maskOf(pieces: Int32Array, lengths: Int32Array, length: number): Tensor<'int64'> {
  const data = new BigInt64Array(pieces.length * length);
  pieces.forEach((piece, place) => {
    data.fill(1n, place * length, place * length + lengths[piece]);
  });
  return { type: 'int64', shape: [pieces.length, length], data };
}
