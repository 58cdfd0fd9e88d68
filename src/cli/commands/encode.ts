// polytag encode: texts to vectors, with any encoder.
import type { Encoder, EncoderInput, Pooling } from '../../bert/index.js';
import type { OutputCell, OutputColumn, TableWriter, TextStream } from '../../data/index.js';
import { type CommandContext, refuseUsage, runCommand } from '../command-run.js';
import { loadingOptions } from '../model-loading.js';
import { parseLayers, poolingNames, truncationNames, wholeNumber } from '../option-parsers.js';
import { RowsInFlight } from '../rows-in-flight.js';
import { describeTexts } from '../terminal/quantities.js';
import { type NewCommand, Option, unwrap } from '../typed-commander.js';

const description = `Turn texts into vectors.

TEXTS is a table, a .txt file with a text a line, or - for lines on standard input (a table, if --text names
its column). In lines, "first ||| second" is a pair of texts, as in bert-as-service. Texts of any number are
streamed in constant memory; vectors come in their order.`;

const examples = `
Examples:
  $ polytag encode all-MiniLM-L6-v2 comments.csv --out vectors.npy
  $ polytag encode all-MiniLM-L6-v2 comments.csv --out vectors.parquet --layers -1
  $ polytag encode uncased_L-12_H-768_A-12/ lines.txt --out vectors.jsonl --layers -4,-3,-2,-1
  $ polytag encode all-MiniLM-L6-v2 lines.txt --out tokens.jsonl --pooling none
  $ echo "hello world" | polytag encode all-MiniLM-L6-v2 --out hello.csv`;

const options = {
  pooling: new Option(
    '--pooling <name>',
    'how the vectors of tokens become one; none keeps them all: a list of them in .jsonl, and in .npy a matrix filled up with zeros to --max-length',
  )
    .choices([...poolingNames, 'none'] as const)
    .default('mean' as const),
  layers: new Option(
    '--layers <list>',
    'layers, side by side: 1 the first, 0 the embeddings, -1 the last, -2 the last but one',
  )
    .argParser(parseLayers)
    .default([-2], '-2'),
  truncation: new Option('--truncation <part>', 'what stays of longer texts')
    .choices(truncationNames)
    .default('head' as const),
};

/** Declares the command. */
export function defineEncode(command: NewCommand<[string, string | undefined]>): void {
  command
    .description(unwrap(description))
    .requiredOption(
      '-o, --out <file>',
      '.npy (vectors alone), .jsonl, .parquet or .csv (with the columns that name the rows); - is standard output, as CSV',
    )
    .addOption(options.pooling)
    .addOption(options.layers)
    .option(
      '--max-length <tokens>',
      "most tokens of a text, 3 to the encoder's positions (default: these)",
      wholeNumber(3),
    )
    .addOption(options.truncation)
    .option('--text <column>', 'text column of the table (default: found by itself)')
    .option(
      '--workers <number>',
      'threads that encode, from 1 (default: one a core)',
      wholeNumber(1),
    )
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (encoder, texts, flags, called) => {
      if (texts === undefined && process.stdin.isTTY) {
        refuseUsage(
          called,
          'there is nothing to encode; give a table, a .txt file, or - for lines',
        );
      }
      const isOnScreen = flags.out === '-' && process.stdout.isTTY;
      await runCommand(called, (context) => encode(encoder, texts ?? '-', flags, context), {
        quiet: isOnScreen,
      });
    });
}

interface EncodeFlags {
  readonly out: string;
  readonly pooling: Pooling;
  readonly layers: readonly number[];
  readonly maxLength?: number | undefined;
  readonly truncation: (typeof truncationNames)[number];
  readonly text?: string | undefined;
  readonly workers?: number | undefined;
}

async function encode(
  reference: string,
  path: string,
  flags: EncodeFlags,
  context: CommandContext,
): Promise<void> {
  const { streamTexts } = await import('../../data/index.js');
  const { text, out, ...settings } = flags;
  const { signal } = context;
  const isLines = text === undefined && (path === '-' || /\.txt(\.gz|\.zip)?$/i.test(path));
  const format = isLines ? ({ format: 'text' } as const) : {};
  const input = await streamTexts(path, { text, signal, ...format });
  try {
    const { Encoder } = await import('../../bert/index.js');
    const encoder = await Encoder.load(reference, { ...settings, ...loadingOptions(context) });
    try {
      await encodeInto(out, encoder, {
        ...context,
        input,
        isLines,
        givesTokens: flags.pooling === 'none',
      });
    } finally {
      await encoder.close();
    }
  } finally {
    await input.close();
  }
}

interface EncodingJob extends CommandContext {
  readonly input: TextStream;
  /** Whether each text is a line, which may hold a pair. */
  readonly isLines: boolean;
  /** Whether a text becomes a matrix [tokens, width] instead of a vector. */
  readonly givesTokens: boolean;
}

/** Writes the file, whole or not at all. */
async function encodeInto(out: string, encoder: Encoder, job: EncodingJob): Promise<void> {
  const { TableWriter } = await import('../../data/index.js');
  const layout = chooseLayout(out, encoder, job.givesTokens);
  const ids = job.input.idColumns.map((name): OutputColumn => ({ name, type: 'text' }));
  const writer = await TableWriter.create(out, { columns: [...ids, ...layout.columns] });
  try {
    const { done, truncated } = await writeVectors(encoder, writer, layout, job);
    await writer.commit();
    job.progress.finish(`encoded ${describeTexts(done, truncated, encoder.settings.maxLength)}`);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** How the vector of a text stands in the output. */
interface VectorLayout {
  readonly columns: readonly OutputColumn[];
  readonly toCells: (vector: Float32Array) => readonly OutputCell[];
}

/** A column of vectors; in .csv and .tsv, which have no such columns, one column a number. */
function chooseLayout(out: string, encoder: Encoder, givesTokens: boolean): VectorLayout {
  const { width, settings } = encoder;
  const isDelimited = out === '-' || /\.(csv|tsv)(\.gz)?$/i.test(out);
  if (isDelimited && !givesTokens) {
    const columns = Array.from(
      { length: width },
      (_, at): OutputColumn => ({ name: `v${at}`, type: 'float32' }),
    );
    return { columns, toCells: (vector) => Array.from(vector) };
  }
  if (!givesTokens) {
    const columns: OutputColumn[] = [{ name: 'vector', type: 'vector', shape: [width] }];
    return { columns, toCells: (vector) => [vector] };
  }
  // All cells of a .npy file have one shape; elsewhere each text has as many rows as tokens.
  const isFilledUp = /\.npy$/i.test(out);
  const shape = [isFilledUp ? settings.maxLength : 0, width];
  return {
    columns: [{ name: 'vectors', type: 'vector', shape }],
    toCells: (vector) => [isFilledUp ? fillUp(shape[0] * width, vector) : vector],
  };
}

async function writeVectors(
  encoder: Encoder,
  writer: TableWriter,
  { toCells }: VectorLayout,
  { input, isLines, signal, progress }: EncodingJob,
): Promise<{ done: number; truncated: number }> {
  const rows = new RowsInFlight(input.rows);
  const texts = isLines ? splitPairs(rows.texts()) : rows.texts();
  const counts = { done: 0, truncated: 0 };
  const onProgress = (done: number): void => {
    progress.show({ phase: 'encoding', unit: 'texts', done });
  };
  onProgress(0);
  for await (const { vector, tokens } of encoder.encodeStream(texts, { signal, onProgress })) {
    await writer.write([...rows.takeIds(), ...toCells(vector)]);
    if (tokens.truncated > 0) counts.truncated++;
    counts.done++;
    if (writer.readerGone) break;
  }
  return counts;
}

/** What stands between the two texts of a pair, as in bert-as-service. */
const PAIR_SEPARATOR = ' ||| ';

async function* splitPairs(
  lines: AsyncIterable<string>,
): AsyncGenerator<EncoderInput, void, undefined> {
  for await (const line of lines) {
    const at = line.indexOf(PAIR_SEPARATOR);
    yield at < 0 ? line : [line.slice(0, at), line.slice(at + PAIR_SEPARATOR.length)];
  }
}

/** The numbers, with zeros after them. */
function fillUp(size: number, numbers: Float32Array): Float32Array {
  const filled = new Float32Array(size);
  filled.set(numbers);
  return filled;
}
