// What a run of fine-tuning takes of memory and disk, about, and whether the machine has it: told and checked beforehand.
import { statfs } from 'node:fs/promises';
import type { BertConfig } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import { probeMachine } from '../../runtime/index.js';
import { firstLayer, type TuningSettings } from './tuning-settings.js';

/** What needs follow from. */
export interface NeedsFacts {
  readonly config: Pick<
    BertConfig,
    'layers' | 'hiddenSize' | 'intermediateSize' | 'heads' | 'vocabularySize' | 'positions'
  >;
  readonly settings: TuningSettings;
  readonly maxLength: number;
  /** All rows, and numbers of a row's features. */
  readonly rows: number;
  readonly width: number;
  /** Of all texts, cut to the maximal length, or of their windows. */
  readonly tokens: number;
}

/** Bytes. */
export interface RunNeeds {
  readonly memory: number;
  readonly disk: number;
}

/** What a run is told to need, and what there is. */
export interface NeedsReport {
  readonly needs: RunNeeds;
  readonly available: RunNeeds;
}

/** Node.js, ONNX Runtime and its threads. */
const BASE_BYTES = 250e6;

/** Copies of the encoder's weights: as they are read, and in each session as model and as what it makes of it. */
const WEIGHT_COPIES = 5;

/** Of each number that learns: two buffers of it and of its two moments, gradients, and gathered ones twice. */
const LEARNING_COPIES = 9;

/** Weights and moments of the last two states, and the best weights. */
const CHECKPOINT_COPIES = 7;

/** What an arena that is never in perfect order takes over what is in it. */
const ARENA = 1.5;

const FLOAT = 4;

/** Estimates. */
export function estimateNeeds(facts: NeedsFacts): RunNeeds {
  const { config, settings, rows, width, tokens } = facts;
  const learning = countLearning(facts) * FLOAT;
  const whole = (layerNumbers(config) * config.layers + embeddingNumbers(config)) * FLOAT;
  const activations = tokensAtOnce(facts) * activationBytes(facts);
  const memory =
    BASE_BYTES +
    WEIGHT_COPIES * whole +
    LEARNING_COPIES * learning +
    rows * width * FLOAT +
    activations;
  const states = firstLayer(settings, config.layers) > 0 ? 2 * tokens * config.hiddenSize : 0;
  return { memory, disk: states + CHECKPOINT_COPIES * learning };
}

/** What the machine, or its container, has of memory, and the file system of a folder of room. */
export async function measureAvailable(folder: string): Promise<RunNeeds> {
  const { bavail, bsize } = await statfs(folder);
  return { memory: probeMachine().memory, disk: bavail * bsize };
}

/**
 * Refuses a run that cannot end, with the flags of one that can.
 *
 * @throws PolytagError RUN_TOO_LARGE
 */
export function checkNeeds(facts: NeedsFacts, available: RunNeeds): RunNeeds {
  const needs = estimateNeeds(facts);
  for (const what of ['memory', 'disk'] as const) {
    if (needs[what] <= available[what]) continue;
    throw polytagError('RUN_TOO_LARGE', {
      what,
      needed: needs[what],
      available: available[what],
      flags: findSmaller(facts, available),
    });
  }
  return needs;
}

/** Flags of the largest smaller run that fits; undefined where not even one layer does. */
function findSmaller(facts: NeedsFacts, available: RunNeeds): string | undefined {
  const { config, settings, maxLength } = facts;
  const fits = (changes: Partial<TuningSettings>): boolean => {
    const { memory, disk } = estimateNeeds({ ...facts, settings: { ...settings, ...changes } });
    return memory <= available.memory && disk <= available.disk;
  };
  const budgets: number[] = [];
  for (let budget = settings.tokenBudget; budget >= maxLength; budget = Math.floor(budget / 2)) {
    budgets.push(budget);
  }
  const tokenBudget = budgets.find((budget) => fits({ tokenBudget: budget }));
  if (tokenBudget !== undefined) return `--token-budget ${tokenBudget}`;
  for (let layers = config.layers - 1; layers >= 1; layers -= 1) {
    const mode = { kind: 'top', layers } as const;
    const budget = budgets.find((tokens) => fits({ mode, tokenBudget: tokens }));
    if (budget !== undefined) return `--tune top:${layers} --token-budget ${budget}`;
  }
  return undefined;
}

function tokensAtOnce({ settings, maxLength }: NeedsFacts): number {
  return Math.min(settings.batchSize * maxLength, Math.max(settings.tokenBudget, maxLength));
}

/** What forward and backward keep of a token: states, the block's inside, and a row of attention a head. */
function activationBytes({ config, settings, maxLength }: NeedsFacts): number {
  const layers = config.layers - firstLayer(settings, config.layers);
  const { hiddenSize, intermediateSize, heads } = config;
  const numbers = 16 * hiddenSize + 4 * intermediateSize + 4 * heads * maxLength;
  return ARENA * FLOAT * layers * numbers;
}

function countLearning({ config, settings: { mode } }: NeedsFacts): number {
  const { layers, hiddenSize, intermediateSize } = config;
  switch (mode.kind) {
    case 'top':
      return mode.layers * layerNumbers(config);
    case 'full':
      return (
        layers * layerNumbers(config) + (mode.embeddings === true ? embeddingNumbers(config) : 0)
      );
    case 'lora':
      return layers * mode.targets.length * mode.rank * (hiddenSize + intermediateSize);
  }
}

function layerNumbers({ hiddenSize, intermediateSize }: NeedsFacts['config']): number {
  return 4 * hiddenSize ** 2 + 2 * hiddenSize * intermediateSize;
}

function embeddingNumbers({ vocabularySize, positions, hiddenSize }: NeedsFacts['config']): number {
  return (vocabularySize + positions) * hiddenSize;
}
