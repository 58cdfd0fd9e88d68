// That a server started with bert-as-service's flags gives bert-as-service's vectors and tokens over the wire:
// every strategy and layer choice, against numbers that PyTorch computed in float64.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Encoder } from '../../src/bert/index.js';
import { parseFlags } from '../../src/cli/bert-serving/flags/flag-parser.js';
import { checkLabels, inspectModel } from '../../src/cli/bert-serving/served-model.js';
import { serverFlags } from '../../src/cli/bert-serving/server-flags.js';
import { serverOptionsOf } from '../../src/cli/bert-serving/server-settings.js';
import { BertClient } from '../../src/client/index.js';
import { startEncoderServer } from '../../src/server/index.js';
import { createFolder, tinyBert } from './bert-serving/run-serving.js';
import { type ClassifierHead, writeTuned } from './bert-serving/tuned-checkpoint.js';

interface Reference {
  readonly texts: readonly string[];
  readonly tokens: readonly (readonly string[])[];
  /** By layers and strategy: [text][column], or for NONE [text][token][column]. */
  readonly pooling: Record<string, Record<string, readonly (number[] | number[][])[]>>;
  readonly cls_pooled: readonly number[][];
}

interface FlagsReference {
  readonly classifier: ClassifierHead & { readonly softmax: number[][] };
  readonly regressor: ClassifierHead & { readonly sigmoid: number[][] };
  readonly without_positions: Record<string, number[][]>;
  readonly pieces: readonly {
    readonly tokens: string[];
    readonly without_special_tokens: Record<string, number[]>;
    readonly with_special_tokens: Record<string, number[]>;
  }[];
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(tinyBert, name), 'utf8'));
}

const reference = readJson('encode-reference.json') as Reference;
const masked = readJson('masked-reference.json') as {
  readonly pooling: Record<string, number[][]>;
};
const flags = readJson('flags-reference.json') as FlagsReference;

/** Serves the tiny BERT with these flags, for as long as `work` takes. */
async function serve<Result>(
  line: string,
  work: (client: BertClient) => Promise<Result>,
): Promise<Result> {
  const words = ['-model_dir', tinyBert, '-port=0', '-port_out=0', '-num_worker=1'];
  const parsed = parseFlags(serverFlags, [...words, ...line.split(' ').filter(Boolean)]);
  if (parsed.kind !== 'values') throw new Error(`got ${parsed.kind}`);
  const { folder, options } = await inspectModel(parsed.values, parsed.given, {});
  const encoder = await Encoder.load(folder, options);
  try {
    checkLabels(parsed.values, encoder.width);
    const server = await startEncoderServer({ ...serverOptionsOf(parsed.values), encoder });
    const { port, portOut } = server;
    try {
      const address = { ip: '127.0.0.1', port, portOut, timeout: 30_000 };
      const client = await BertClient.connect({ ...address, checkLength: false });
      try {
        return await work(client);
      } finally {
        client.close();
      }
    } finally {
      await server.close();
    }
  } finally {
    await encoder.close();
  }
}

function expectNumbers(found: Float32Array, expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const differences = expected.map((value, at) => Math.abs(value - found[at]));
  expect(Math.max(...differences)).toBeLessThan(1e-5);
}

/** Encodes the reference's texts, and compares vectors [texts, width] and tokens. */
async function expectReference(line: string, expected: readonly number[][]): Promise<void> {
  await serve(`-max_seq_len 20 -show_tokens_to_client ${line}`, async (client) => {
    const result = await client.encode(reference.texts, { showTokens: true });
    expect(result.shape).toEqual([reference.texts.length, expected[0].length]);
    expectNumbers(result.data, expected.flat());
    expect(result.tokens).toEqual(reference.tokens);
  });
}

const choices = Object.entries(reference.pooling).flatMap(([layers, strategies]) =>
  Object.entries(strategies)
    .filter(([strategy]) => strategy !== 'NONE')
    .map(([strategy, vectors]) => [layers, strategy, vectors as number[][]] as const),
);

describe('vectors and tokens over the wire', () => {
  it('are compared for all layers and strategies of the reference', () => {
    expect(choices).toHaveLength(15);
  });

  it.each(choices)('-pooling_layer %s -pooling_strategy %s', async (layers, strategy, vectors) => {
    await expectReference(`-pooling_layer ${layers} -pooling_strategy ${strategy}`, vectors);
  });

  it('-pooling_layer from the front', async () => {
    const vectors = reference.pooling['-1'].REDUCE_MEAN as number[][];
    await expectReference('-pooling_layer 2', vectors);
  });

  it('-pooling_strategy CLS_POOLED', async () => {
    await expectReference('-pooling_strategy CLS_POOLED', reference.cls_pooled);
  });

  it.each(Object.entries(masked.pooling))(
    '-mask_cls_sep -pooling_strategy %s',
    async (strategy, vectors) => {
      const line = `-mask_cls_sep -pooling_strategy ${strategy}`;
      await expectReference(line, vectors);
    },
  );

  it.each(Object.entries(flags.without_positions))(
    '-no_position_embeddings -pooling_strategy %s',
    async (strategy, vectors) => {
      await expectReference(`-no_position_embeddings -pooling_strategy ${strategy}`, vectors);
    },
  );
});

describe('vectors of tokens', () => {
  const vectors = reference.pooling['-2'].NONE as number[][][];

  /** [text][token][column], zeros after a text's last token. */
  function padded(length: number): number[] {
    return vectors.flatMap((rows) =>
      Array.from({ length }, (_, token) => rows[token] ?? Array<number>(32).fill(0)).flat(),
    );
  }

  it.each([
    ['-max_seq_len 20', 20],
    ['-max_seq_len 20 -fixed_embed_length', 20],
  ])('%s gives %d for each text', async (line, length) => {
    await serve(`-pooling_strategy NONE ${line}`, async (client) => {
      const { data, shape } = await client.encode(reference.texts);
      expect(shape).toEqual([reference.texts.length, length, 32]);
      expectNumbers(data, padded(length));
    });
  });

  it('-max_seq_len NONE gives as many as the longest text of a request has', async () => {
    await serve('-pooling_strategy NONE -max_seq_len NONE', async (client) => {
      const { data, shape } = await client.encode(reference.texts.slice(0, 2));
      expect(shape).toEqual([2, 15, 32]);
      expectNumbers(data, padded(15).slice(0, 2 * 15 * 32));
      expect((await client.encode(reference.texts.slice(1, 2))).shape).toEqual([1, 10, 32]);
    });
  });

  it('-fixed_embed_length gives as many as the model has positions', async () => {
    await serve('-pooling_strategy NONE -max_seq_len NONE -fixed_embed_length', async (client) => {
      const { data, shape } = await client.encode(reference.texts.slice(1, 2));
      expect(shape).toEqual([1, 48, 32]);
      expectNumbers(data, padded(48).slice(48 * 32, 2 * 48 * 32));
    });
  });
});

describe('tokens instead of texts', () => {
  it.each(['REDUCE_MEAN', 'CLS_TOKEN'])('with and without special tokens: %s', async (strategy) => {
    const name = strategy === 'CLS_TOKEN' ? 'FIRST_TOKEN' : strategy;
    for (const flag of ['', '-no_special_token']) {
      const line = `-max_seq_len 20 -pooling_strategy ${strategy} ${flag}`;
      await serve(line, async (client) => {
        const batch = flags.pieces.map(({ tokens }) => tokens);
        const { data } = await client.encode(batch, { isTokenized: true });
        const expected = flags.pieces.map((piece) =>
          flag === '' ? piece.with_special_tokens : piece.without_special_tokens,
        );
        expectNumbers(
          data,
          expected.flatMap((vectors) => vectors[name]),
        );
      });
    }
  });
});

describe('a fine-tuned head', () => {
  const folder = createFolder();
  beforeAll(async () => {
    await writeTuned(join(folder, 'model.ckpt-1'), flags.regressor);
    await writeTuned(join(folder, 'model.ckpt-2'), flags.classifier);
  });

  it('-pooling_strategy CLASSIFICATION', async () => {
    const tuned = `-tuned_model_dir ${folder} -ckpt_name model.ckpt-2 -num_labels ${flags.classifier.bias.length}`;
    await expectReference(`${tuned} -pooling_strategy CLASSIFICATION`, flags.classifier.softmax);
  });

  it('-pooling_strategy REGRESSION', async () => {
    const tuned = `-tuned_model_dir ${folder} -ckpt_name model.ckpt-1`;
    await expectReference(`${tuned} -pooling_strategy 8`, flags.regressor.sigmoid);
  });

  it('has to have -num_labels labels', async () => {
    const tuned = `-tuned_model_dir ${folder} -ckpt_name model.ckpt-2 -num_labels 77`;
    await expect(
      serve(`${tuned} -pooling_strategy CLASSIFICATION`, () => Promise.resolve()),
    ).rejects.toThrow(
      `-num_labels 77 does not suit the model: its classifier has ${flags.classifier.bias.length} labels`,
    );
  });
});
