// polytag encode: texts to vectors, with any encoder.
import { Option, type Command } from 'commander';
import type { Encoder, EncoderInput, Pooling, Truncation } from '../../bert/index.js';
import type { OutputColumn, TableWriter, TextRow, TextStream } from '../../data/index.js';
import { type CommandContext, runCommand } from '../command-run.js';
import { parseCount, parseLayers } from '../option-parsers.js';
import { formatCount } from '../terminal/quantities.js';

interface EncodeFlags {
  readonly out: string;
  readonly pooling: Pooling;
  readonly layers: number[];
  readonly maxLength?: number;
  readonly truncation: Truncation;
  readonly text?: string;
  readonly workers?: number;
  readonly quiet?: boolean;
}

/** What stands between the two texts of a pair in a file of lines, as in bert-as-service. */
const PAIR_SEPARATOR = ' ||| ';

const examples = `
Examples:
  $ polytag encode all-MiniLM-L6-v2 comments.csv --out vectors.npy
  $ polytag encode uncased_L-12_H-768_A-12/ lines.txt --out vectors.jsonl --layers -2,-1
  $ polytag encode all-MiniLM-L6-v2 lines.txt --out tokens.jsonl --pooling none`;

/** Adds the command to the program. */
export function addEncodeCommand(program: Command): Command {
  return program
    .command('encode <encoder> <texts>')
    .description(
      'Turn texts into vectors. TEXTS is a table, a .txt file of lines ("a ||| b" is a pair), or - for lines on stdin.',
    )
    .requiredOption(
      '-o, --out <file>',
      '.npy (vectors alone), .jsonl or .parquet (with id columns)',
    )
    .addOption(
      new Option('--pooling <name>', 'how token vectors become one; none keeps every token')
        .choices(['mean', 'max', 'mean_max', 'first', 'last', 'pooler', 'none'])
        .default('mean'),
    )
    .addOption(
      new Option('--layers <list>', 'layers, from the end if negative; several are concatenated')
        .argParser(parseLayers)
        .default([-2], '-2'),
    )
    .option(
      '--max-length <tokens>',
      "most tokens of a text (default: the encoder's positions)",
      parseCount,
    )
    .addOption(
      new Option('--truncation <part>', 'what stays of longer texts')
        .choices(['head', 'tail', 'head+tail'])
        .default('head'),
    )
    .option('--text <column>', 'text column of a table (default: found)')
    .option('--workers <number>', 'worker threads (default: one a core)', parseCount)
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (encoder: string, texts: string, flags: EncodeFlags) => {
      await runCommand((context) => encode(encoder, texts, flags, context), { quiet: flags.quiet });
    });
}

async function encode(
  reference: string,
  path: string,
  flags: EncodeFlags,
  context: CommandContext,
): Promise<void> {
  const { streamTexts } = await import('../../data/index.js');
  const isLines = path === '-' || /\.txt(\.gz)?$/i.test(path);
  const input = await streamTexts(path, {
    text: flags.text,
    signal: context.signal,
    ...(isLines ? { format: 'text' } : {}),
  });
  try {
    const encoder = await loadEncoder(reference, flags, context);
    try {
      await encodeInto(flags.out, encoder, input, { ...context, isLines, pooling: flags.pooling });
    } finally {
      await encoder.close();
    }
  } finally {
    await input.close();
  }
}

async function loadEncoder(
  reference: string,
  { pooling, layers, maxLength, truncation, workers }: EncodeFlags,
  { signal, progress }: CommandContext,
): Promise<Encoder> {
  const { Encoder } = await import('../../bert/index.js');
  return Encoder.load(reference, {
    pooling,
    layers,
    maxLength,
    truncation,
    workers,
    signal,
    onProgress: ({ file, bytes: done, totalBytes: total }) => {
      progress.show({ phase: `downloading ${file}`, unit: 'bytes', done, total });
    },
    onWarning: (sentence) => {
      progress.say(`warning: ${sentence}`);
    },
  });
}

/** Writes the file, whole or not at all. */
async function encodeInto(
  out: string,
  encoder: Encoder,
  { idColumns, rows }: Pick<TextStream, 'idColumns' | 'rows'>,
  job: EncodingJob,
): Promise<void> {
  const { TableWriter } = await import('../../data/index.js');
  const columns = outputColumns(idColumns, encoder, job.pooling);
  const writer = await TableWriter.create(out, { columns });
  try {
    const { done, truncated } = await writeVectors(encoder, rows, writer, job);
    await writer.commit();
    const cut = `${formatCount(truncated)} of them longer than ${encoder.settings.maxLength} tokens and cut,`;
    job.progress.finish(`encoded ${formatCount(done)} texts, ${cut}`);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

interface EncodingJob extends CommandContext {
  readonly isLines: boolean;
  readonly pooling: Pooling;
}

async function writeVectors(
  encoder: Encoder,
  rows: AsyncIterable<TextRow>,
  writer: Pick<TableWriter, 'write'>,
  { isLines, pooling, signal, progress }: EncodingJob,
): Promise<{ done: number; truncated: number }> {
  const waiting: (readonly string[])[] = [];
  async function* takeTexts(): AsyncGenerator<EncoderInput, void, undefined> {
    for await (const { ids, text } of rows) {
      waiting.push(ids);
      yield isLines ? splitPair(text) : text;
    }
  }
  const size = rowShape(encoder, pooling).reduce((product, length) => product * length, 1);
  let done = 0;
  let truncated = 0;
  progress.show({ phase: 'encoding', unit: 'texts', done });
  for await (const { vector, tokens } of encoder.encodeStream(takeTexts(), { signal })) {
    await writer.write([...(waiting.shift() ?? []), padTo(size, vector)]);
    if (tokens.truncated > 0) truncated++;
    done++;
    progress.show({ phase: 'encoding', unit: 'texts', done });
  }
  return { done, truncated };
}

function splitPair(line: string): EncoderInput {
  const at = line.indexOf(PAIR_SEPARATOR);
  return at < 0 ? line : [line.slice(0, at), line.slice(at + PAIR_SEPARATOR.length)];
}

/** One row a text; with the pooling `none` a matrix [--max-length, width] with zeros after the last token. */
function rowShape(encoder: Encoder, pooling: Pooling): number[] {
  return pooling === 'none' ? [encoder.settings.maxLength, encoder.width] : [encoder.width];
}

function outputColumns(ids: readonly string[], encoder: Encoder, pooling: Pooling): OutputColumn[] {
  return [
    ...ids.map((name): OutputColumn => ({ name, type: 'text' })),
    { name: 'vector', type: 'vector', shape: rowShape(encoder, pooling) },
  ];
}

function padTo(size: number, vector: Float32Array): Float32Array {
  if (vector.length === size) return vector;
  const padded = new Float32Array(size);
  padded.set(vector);
  return padded;
}
