// Mutated headers, indexes and texts: each opens or is refused with a PolytagError, in bounded memory. 5,000 mutants
// by default; POLYTAG_FUZZ gives another number, 100,000 being the full form.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RandomSource } from '../../src/data/random.js';
import { PolytagError } from '../../src/errors/index.js';
import { crc32c, maskCrc } from '../../src/weights/checkpoint/crc32c.js';
import { openTensorFlowCheckpoint } from '../../src/weights/checkpoint/reader.js';
import { openModelFolder } from '../../src/weights/folder/model-folder.js';
import { openSafetensors } from '../../src/weights/safetensors/reader.js';
import type { TensorSource } from '../../src/weights/tensor-source.js';
import { encodeEntry, encodeHeader, encodeTable } from './support/checkpoint-writer.js';
import { mutate } from './support/mutations.js';
import { floats, safetensorsBytes } from './support/safetensors-bytes.js';
import { packSnappy } from './support/snappy-packer.js';
import { temporaryFolder } from './support/temporary-folder.js';
import {
  bertConfig,
  bertTensors,
  vocabulary,
  writeHuggingFaceFolder,
} from './support/tiny-models.js';

const mutants = Number(process.env.POLYTAG_FUZZ ?? 5000);
const mostMemory = 128 * 2 ** 20;
const folder = temporaryFolder();
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Opens a source and reads all of it; the code of the first refusal, or `accepted`. */
async function judge(open: () => Promise<TensorSource>): Promise<string> {
  try {
    const source = await open();
    try {
      for (const name of source.names()) {
        await source.read(name);
      }
    } finally {
      await source.close();
    }
    return 'accepted';
  } catch (error) {
    if (error instanceof PolytagError) {
      return error.code;
    }
    throw error;
  }
}

/** Judges `count` mutants; gives the number of each verdict, which the full form also prints. */
async function judgeAll(
  what: string,
  count: number,
  seed: number,
  write: (random: RandomSource, run: number) => Buffer,
  open: () => Promise<TensorSource>,
): Promise<Record<string, number>> {
  const random = new RandomSource(seed);
  const verdicts: Record<string, number> = {};
  const before = process.resourceUsage().maxRSS;
  for (let run = 0; run < count; run++) {
    const mutant = write(random, run);
    let verdict: string;
    try {
      verdict = await judge(open);
    } catch (error) {
      const bytes = mutant.toString('base64');
      throw new Error(`mutant ${run} of seed ${seed}: ${bytes}`, { cause: error });
    }
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  // maxRSS counts kilobytes.
  const growth = (process.resourceUsage().maxRSS - before) * 1024;
  expect(growth).toBeLessThan(mostMemory);
  if (process.env.POLYTAG_FUZZ !== undefined) {
    const grown = (growth / 2 ** 20).toFixed(1);
    process.stderr.write(`${what}: ${JSON.stringify(verdicts)}, memory +${grown} MiB\n`);
  }
  return verdicts;
}

const timeout = 60_000 + mutants * 10;

describe('mutated safetensors headers', () => {
  const path = join(folder, 'mutant.safetensors');
  const whole = readFileSync(fixture('safetensors/all-types.safetensors'));
  const headerEnd = 8 + Number(whole.readBigUInt64LE());
  const seeds = [
    { header: whole.subarray(8, headerEnd), data: whole.subarray(headerEnd) },
    {
      header: Buffer.from(
        JSON.stringify({ a: floats(0, 2, 2), b: floats(16, 0), c: floats(16, 3) }),
      ),
      data: Buffer.alloc(28),
    },
  ];

  it(
    'open or are refused',
    async () => {
      const verdicts = await judgeAll(
        'safetensors headers',
        Math.ceil(mutants / 2),
        1,
        (random, run) => {
          const { header, data } = seeds[run % seeds.length];
          // Most keep an honest length, so that what lies behind it is reached.
          const mutant =
            run % 10 === 0
              ? mutate(safetensorsBytes(header), random)
              : safetensorsBytes(mutate(header, random));
          const kept = run % 8 === 1 ? random.nextInteger(data.length) : data.length;
          const bytes = Buffer.concat([mutant, data.subarray(0, kept)]);
          writeFileSync(path, bytes);
          return bytes;
        },
        () => openSafetensors(path),
      );
      for (const verdict of [
        'accepted',
        'SAFETENSORS_HEADER_INVALID',
        'SAFETENSORS_TENSOR_INVALID',
        'SAFETENSORS_SIZE_WRONG',
      ]) {
        expect(verdicts).toHaveProperty(verdict);
      }
    },
    timeout,
  );
});

describe('mutated checkpoint indexes', () => {
  const prefix = join(folder, 'mutant.ckpt');
  const index = `${prefix}.index`;
  const data = readFileSync(fixture('tf-bert-tiny/bert_model.ckpt.data-00000-of-00001'));
  writeFileSync(`${prefix}.data-00000-of-00001`, data);
  const whole = readFileSync(fixture('tf-bert-tiny/bert_model.ckpt.index'));
  const items = [
    { key: '', value: encodeHeader(1) },
    ...Array.from({ length: 12 }, (_, place) => {
      const [offset, size] = [place * 8, place * 8];
      const checksum = maskCrc(crc32c(data.subarray(offset, offset + size)));
      const fields = { typeNumber: 1, shape: [place, 2], offset, size, checksum };
      return { key: `bert/encoder/layer_${place + 10}/kernel`, value: encodeEntry(fields) };
    }),
  ];

  function mutantIndex(random: RandomSource, run: number): Buffer {
    switch (run % 5) {
      case 0:
        return mutate(whole, random);
      case 1:
        // The messages, in a table without fault.
        return encodeTable(
          items.map(({ key, value }) => ({
            key,
            value: random.nextInteger(8) === 0 ? mutate(value, random) : value,
          })),
        );
      default: {
        // A block's contents, under the right checksum, packed or not.
        const victim = random.nextInteger(6);
        let block = 0;
        return encodeTable(items, {
          blockBytes: 200,
          pack: (contents) => {
            const damaged = block++ === victim ? mutate(contents, random) : contents;
            return run % 5 === 2
              ? { type: 0, contents: damaged }
              : {
                  type: 1,
                  contents:
                    run % 5 === 3 ? packSnappy(damaged) : mutate(packSnappy(damaged), random),
                };
          },
        });
      }
    }
  }

  it(
    'open or are refused',
    async () => {
      const verdicts = await judgeAll(
        'checkpoint indexes',
        Math.floor(mutants / 2),
        2,
        (random, run) => {
          const bytes = mutantIndex(random, run);
          writeFileSync(index, bytes);
          return bytes;
        },
        () => openTensorFlowCheckpoint(prefix),
      );
      for (const verdict of [
        'CHECKPOINT_INDEX_INVALID',
        'CHECKPOINT_CHECKSUM_WRONG',
        'CHECKPOINT_TENSOR_INVALID',
        'CHECKPOINT_UNSUPPORTED',
      ]) {
        expect(verdicts).toHaveProperty(verdict);
      }
    },
    timeout,
  );
});

describe('mutated texts of a model folder', () => {
  const place = join(folder, 'model');
  const texts: Readonly<Record<string, Buffer>> = {
    'config.json': Buffer.from(JSON.stringify(bertConfig)),
    'tokenizer.json': Buffer.from(
      JSON.stringify({
        added_tokens: [{ id: 0, content: '[PAD]' }],
        model: { vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])) },
      }),
    ),
    'vocab.txt': Buffer.from(vocabulary.join('\n')),
    'model.safetensors.index.json': Buffer.from(
      JSON.stringify({
        weight_map: Object.fromEntries(
          [...bertTensors().keys()].map((name) => [name, 'model-1.safetensors']),
        ),
      }),
    ),
  };
  const names = Object.keys(texts);

  it(
    'open or are refused',
    async () => {
      await writeHuggingFaceFolder(place, bertTensors(), texts);
      renameSync(join(place, 'model.safetensors'), join(place, 'model-1.safetensors'));
      const verdicts = await judgeAll(
        'texts of model folders',
        Math.floor(mutants / 5),
        3,
        (random, run) => {
          const name = names[run % names.length];
          const before = names[(run + names.length - 1) % names.length];
          writeFileSync(join(place, before), texts[before]);
          const bytes = mutate(texts[name], random);
          writeFileSync(join(place, name), bytes);
          return bytes;
        },
        async () => (await openModelFolder(place)).tensors,
      );
      for (const verdict of [
        'accepted',
        'MODEL_JSON_INVALID',
        'MODEL_CONFIG_INVALID',
        'MODEL_VOCABULARY_INVALID',
        'SAFETENSORS_INDEX_INVALID',
      ]) {
        expect(verdicts).toHaveProperty(verdict);
      }
    },
    timeout,
  );
});
