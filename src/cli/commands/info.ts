// polytag info: what a model is, or what this machine and installation are.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelRecord } from '../../classifier/index.js';
import { packageVersion } from '../../runtime/index.js';
import { type CommandContext, printData, printJson, runCommand } from '../command-run.js';
import { loadingOptions } from '../model-loading.js';
import { fitToWidth, printable } from '../terminal/display-text.js';
import { formatBytes, formatCount } from '../terminal/quantities.js';
import { formatFolds, formatSearch } from '../terminal/selection.js';
import { scoringFacts } from '../terminal/scoring.js';
import { type Column, formatTable } from '../terminal/table.js';
import { type NewCommand, unwrap } from '../typed-commander.js';

const description = `Describe a trained model or an encoder; without REF, this installation and machine.

The files of a trained model are checked against their SHA-256.`;

const examples = `
Examples:
  $ polytag info                       version, machine, caches, bundled models
  $ polytag info all-MiniLM-L6-v2      an encoder
  $ polytag info my-model              a trained model
  $ polytag info my-model --json`;

/** Declares the command. */
export function defineInfo(command: NewCommand<[string | undefined]>): void {
  command
    .description(unwrap(description))
    .option('--json', 'print it as JSON')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (reference, flags, called) => {
      await runCommand(called, async (context) => {
        const { facts, details = '' } =
          reference === undefined
            ? { facts: await describeInstallation() }
            : await describe(reference, context);
        if (flags.json === true) printJson(Object.fromEntries(facts));
        else printData(`${formatFacts(facts)}${details}`);
      });
    });
}

/** Named facts in order, sizes in bytes. */
type Facts = Map<string, unknown>;

/** What is told of a model; `details` only to people. */
interface Description {
  readonly facts: Facts;
  readonly details?: string;
}

function factsOf(facts: Readonly<Record<string, unknown>>): Facts {
  return new Map(Object.entries(facts));
}

async function describeInstallation(): Promise<Facts> {
  const { probeMachine } = await import('../../runtime/index.js');
  const { cacheFolder, listBundledModels } = await import('../../weights/index.js');
  const cache = cacheFolder();
  return factsOf({
    polytag: packageVersion(),
    ...probeMachine(),
    cache,
    cacheBytes: await sizeOfFolder(cache),
    bundledModels: await listBundledModels(),
  });
}

/** Bytes of all files in a folder; 0 if it is not there. */
async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    // A file may be gone by now: caches are shared with other runs.
    const status = await stat(join(entry.parentPath, entry.name)).catch(() => null);
    bytes += status?.size ?? 0;
  }
  return bytes;
}

async function describe(reference: string, context: CommandContext): Promise<Description> {
  const { resolveReference } = await import('../../weights/index.js');
  const folder = await resolveReference(reference, loadingOptions(context));
  const names = await readdir(folder);
  return names.includes('polytag.json')
    ? describeClassifier(folder, context)
    : describeEncoder(folder);
}

async function describeClassifier(
  folder: string,
  { signal }: CommandContext,
): Promise<Description> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const classifier = await MultiLabelClassifier.load(folder, { workers: 1, signal });
  await classifier.close();
  const { info } = classifier;
  const { validation, baseline, rows, encoder, settings } = info;
  const facts = factsOf({
    kind: 'classifier',
    folder,
    polytag: info.polytag,
    bytes: await sizeOfFolder(folder),
    labels: info.labels,
    thresholds: info.thresholds.map(({ threshold }) => threshold),
    encoder: encoder.reference,
    maxLength: info.maxLength,
    truncation: info.truncation,
    features: info.features.map(({ pooling, layers }) => `${pooling}:${layers.join('+')}`),
    hiddenUnits: settings.hiddenUnits,
    loss: settings.loss.kind,
    seed: settings.seed,
    table: rows.table,
    tableSha256: rows.dataSha256,
    textColumn: rows.textColumn,
    trainingRows: rows.train,
    validationRows: rows.validation,
    validationFrom: rows.validationFrom,
    bestEpoch: info.bestEpoch,
    epochs: info.history.length,
    ...selectionFacts(info),
    validationMacroRocAuc: validation.macro.rocAuc.value,
    validationMacroAveragePrecision: validation.macro.averagePrecision.value,
    baselineMacroRocAuc: baseline?.validation.macro.rocAuc.value ?? null,
    baselineMacroAveragePrecision: baseline?.validation.macro.averagePrecision.value ?? null,
    ...scoringFacts(info),
    int8LargestScoreChange: info.quantization?.largestScoreChange,
  });
  const stream = { stream: process.stdout };
  const parts = [formatLabels(info), formatFolds(info.folds, stream), formatSearch(info, stream)];
  return { facts, details: parts.map((part) => (part === '' ? '' : `\n${part}`)).join('') };
}

/** By what and among what the model was chosen. */
function selectionFacts({
  settings,
  folds,
  search,
}: ModelRecord): Readonly<Record<string, unknown>> {
  return {
    metric: settings.metric,
    folds: folds?.count,
    foldsMacroRocAuc: folds?.model.macro.rocAuc.mean,
    foldsMacroRocAucDeviation: folds?.model.macro.rocAuc.deviation,
    baselineFoldsMacroRocAuc: folds?.baseline?.macro.rocAuc.mean,
    searched: search?.drawn,
  };
}

/** The labels of a model with their figures, which are those of rows that chose the thresholds. */
function formatLabels({ validation }: ModelRecord): string {
  const columns: Column[] = [
    { header: 'label', align: 'left' },
    ...['threshold', 'positives', 'ROC-AUC', 'AP', 'F1'].map(
      (header): Column => ({ header, align: 'right', group: 'on the validation rows' }),
    ),
  ];
  const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  const rows = validation.labels.map((label) => [
    fitToWidth(printable(label.label), 40),
    label.threshold.toFixed(3),
    formatCount(label.positives),
    figure(label.rocAuc.value),
    figure(label.averagePrecision.value),
    figure(label.f1.value),
  ]);
  return formatTable(columns, rows, { stream: process.stdout });
}

async function describeEncoder(folder: string): Promise<Description> {
  const bert = await import('../../bert/index.js');
  const { openModelFolder } = await import('../../weights/index.js');
  const model = await openModelFolder(folder);
  try {
    const { modelType, ...config } = bert.parseBertConfig(model.config, model.configFile);
    const tokenizer = await bert.WordPieceTokenizer.load(folder);
    const tensors = model.tensors.names().map((name) => model.tensors.info(name));
    const sizes = tensors.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
    const facts = factsOf({
      kind: 'encoder',
      folder,
      bytes: await sizeOfFolder(folder),
      layout: model.format,
      modelType,
      ...config,
      parameters: sizes.reduce((sum, size) => sum + size, 0),
      storedAs: [...new Set(tensors.map(({ type }) => type))],
      tokenizer: tokenizer.settings.lowercase ? 'WordPiece, lower-cased' : 'WordPiece, cased',
      contentKey: await model.contentKey(),
    });
    return { facts };
  } finally {
    await model.close();
  }
}

function formatFacts(facts: Facts): string {
  // Labels and thresholds stand in a table of their own.
  const told = [...facts].filter(
    ([name, value]) => value !== undefined && name !== 'labels' && name !== 'thresholds',
  );
  const width = Math.max(...told.map(([name]) => spell(name).length));
  return told
    .map(([name, value]) => `${spell(name).padEnd(width)}  ${printable(formatFact(name, value))}\n`)
    .join('');
}

/** Names that are written otherwise than their words. */
const spellings: Readonly<Record<string, string>> = {
  avx512: 'AVX-512',
  int8DotProduct: 'int8 dot product',
  onnxRuntime: 'ONNX Runtime',
  node: 'Node.js',
  tableSha256: 'table SHA-256',
  validationMacroRocAuc: 'validation macro ROC-AUC',
  validationMacroAveragePrecision: 'validation macro AP',
  foldsMacroRocAuc: 'folds macro ROC-AUC',
  foldsMacroRocAucDeviation: 'folds deviation',
  baselineFoldsMacroRocAuc: 'baseline folds macro ROC-AUC',
  aloneMacroRocAuc: 'macro ROC-AUC without blend',
  aloneMacroAveragePrecision: 'macro AP without blend',
  baselineMacroRocAuc: 'baseline macro ROC-AUC',
  baselineMacroAveragePrecision: 'baseline macro AP',
};

/** `trainingRows` as `training rows`; sizes lose their unit, which stands beside the number. */
function spell(name: string): string {
  if (name in spellings) return spellings[name];
  return name
    .replace(/^bytes$/, 'size')
    .replace(/Bytes$/, ' size')
    .replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function formatFact(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item: unknown) => formatFact(name, item)).join(', ');
  if (typeof value === 'number') {
    if (/^(?:bytes|memory|.+Bytes)$/.test(name)) return formatBytes(value);
    if (Number.isInteger(value)) return name === 'seed' ? String(value) : formatCount(value);
    return String(Number(value.toPrecision(4)));
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : 'none';
}
