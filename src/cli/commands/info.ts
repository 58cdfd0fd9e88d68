// polytag info: what a model is, or what this machine and installation are.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { printData, runCommand } from '../command-run.js';
import { packageVersion } from '../package-version.js';
import { printable } from '../terminal/display-text.js';
import { formatCount } from '../terminal/quantities.js';

interface InfoFlags {
  readonly json?: boolean;
}

/** What is told: named facts, in order. */
type Facts = Readonly<Record<string, unknown>>;

const examples = `
Examples:
  $ polytag info                       version, machine, caches, bundled models
  $ polytag info all-MiniLM-L6-v2      an encoder
  $ polytag info my-model --json       a trained classifier`;

/** Adds the command to the program. */
export function addInfoCommand(program: Command): Command {
  return program
    .command('info [ref]')
    .description(
      'Describe an encoder or a trained model; without one, this installation and machine.',
    )
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples)
    .action(async (reference: string | undefined, flags: InfoFlags) => {
      await runCommand(async ({ signal }) => {
        const facts =
          reference === undefined
            ? await describeInstallation()
            : await describe(reference, signal);
        printData(flags.json === true ? JSON.stringify(facts, null, 2) : formatFacts(facts));
      });
    });
}

async function describeInstallation(): Promise<Facts> {
  const { probeMachine } = await import('../../runtime/index.js');
  const { cacheFolder, listBundledModels } = await import('../../weights/index.js');
  return {
    polytag: packageVersion(),
    ...probeMachine(),
    cache: cacheFolder(),
    bundledModels: await listBundledModels(),
  };
}

async function describe(reference: string, signal: AbortSignal): Promise<Facts> {
  const { resolveReference } = await import('../../weights/index.js');
  const folder = await resolveReference(reference, { signal });
  return existsSync(join(folder, 'polytag.json'))
    ? describeClassifier(folder, signal)
    : describeEncoder(folder);
}

async function describeClassifier(folder: string, signal: AbortSignal): Promise<Facts> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const classifier = await MultiLabelClassifier.load(folder, { workers: 1, signal });
  const { info } = classifier;
  await classifier.close();
  const { validation, baseline, rows, encoder } = info;
  return {
    kind: 'classifier',
    folder,
    polytag: info.polytag,
    labels: info.labels,
    thresholds: info.thresholds.map(({ threshold }) => threshold),
    encoder: encoder.reference,
    maxLength: info.maxLength,
    truncation: info.truncation,
    features: info.features.map(({ pooling, layers }) => `${pooling}:${layers.join('+')}`),
    table: rows.table,
    textColumn: rows.textColumn,
    trainingRows: rows.train,
    validationRows: rows.validation,
    epoch: `${info.bestEpoch} of ${info.history.length}`,
    validationMacroRocAuc: validation.macro.rocAuc.value,
    validationMacroAveragePrecision: validation.macro.averagePrecision.value,
    baselineMacroRocAuc: baseline?.validation.macro.rocAuc.value ?? null,
    baselineMacroAveragePrecision: baseline?.validation.macro.averagePrecision.value ?? null,
    int8LargestScoreChange: info.quantization.largestScoreChange,
  };
}

async function describeEncoder(folder: string): Promise<Facts> {
  const bert = await import('../../bert/index.js');
  const { openModelFolder } = await import('../../weights/index.js');
  const model = await openModelFolder(folder);
  try {
    const { modelType, ...config } = bert.parseBertConfig(model.config, model.configFile);
    const tokenizer = await bert.WordPieceTokenizer.load(folder);
    const tensors = model.tensors.names().map((name) => model.tensors.info(name));
    const parameters = tensors
      .map(({ shape }) => shape.reduce((product, size) => product * size, 1))
      .reduce((sum, count) => sum + count, 0);
    return {
      kind: 'encoder',
      folder,
      layout: model.format,
      modelType,
      ...config,
      parameters,
      storedAs: [...new Set(tensors.map(({ type }) => type))],
      lowercase: tokenizer.settings.lowercase,
      contentKey: await model.contentKey(),
    };
  } finally {
    await model.close();
  }
}

function formatFacts(facts: Facts): string {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  const width = Math.max(...entries.map(([name]) => spell(name).length));
  return entries
    .map(([name, value]) => `${spell(name).padEnd(width)}  ${printable(formatFact(value))}`)
    .join('\n');
}

/** `trainingRows` as `training rows`; abbreviations stay whole. */
function spell(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function formatFact(value: unknown): string {
  if (Array.isArray(value)) return value.map(formatFact).join(', ');
  if (typeof value === 'number') {
    return Number.isInteger(value) && value < 1e15 ? formatCount(value) : String(value);
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : 'none';
}
