// The flags of polytag train, by subject.
import { type Command, Option } from 'commander';
import type { Feature, Pooling, Truncation } from '../bert/index.js';
import type { HeadSettings, LossSettings } from '../training/index.js';
import {
  parseCount,
  parseFeatures,
  parseLayers,
  parseNames,
  parseNumber,
  parseValidation,
} from './option-parsers.js';

/** What the flags come to; what was not given is missing. */
export interface TrainFlags {
  readonly out: string;
  readonly text?: string;
  readonly labels?: string[];
  readonly encoder?: string;
  readonly tune: string;
  readonly loss?: LossSettings['kind'];
  readonly focalAlpha?: number;
  readonly focalGamma?: number;
  readonly validation?: number | string;
  readonly maxLength?: number;
  readonly truncation?: Truncation;
  readonly features?: Feature[];
  readonly pooling?: Pooling;
  readonly layers?: number[];
  readonly recipe?: string;
  readonly hidden?: number;
  readonly dropout?: number;
  readonly standardize: boolean;
  readonly learningRate?: number;
  readonly schedule?: HeadSettings['schedule'];
  readonly weightDecay?: number;
  readonly batchSize?: number;
  readonly epochs?: number;
  readonly patience?: number;
  readonly seed?: number;
  readonly baseline: boolean;
  readonly cache: boolean;
  readonly workers?: number;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options about what is learnt from, and what is seen of it. */
export function addDataOptions(command: Command): void {
  command
    .option('--text <column>', 'text column (default: found)')
    .option(
      '--labels <columns>',
      'label columns, A,B,.. or the one column of label lists (default: found)',
      parseNames,
    )
    .option(
      '--validation <table|share>',
      'rows that choose epoch and thresholds: a table, or a share of the rows (default: 0.1)',
      parseValidation,
    )
    .option('--encoder <ref>', 'bundled name, folder, .zip or hub id (default: all-MiniLM-L6-v2)')
    .option('--max-length <tokens>', 'most tokens of a text (default: 128)', parseCount)
    .addOption(
      new Option('--truncation <part>', 'what stays of longer texts (default: head)').choices([
        'head',
        'tail',
        'head+tail',
      ]),
    )
    .option(
      '--features <list>',
      'what the head sees, such as mean:-1,max:-1,first:-1,mean:-2 (the default)',
      parseFeatures,
    )
    .option(
      '--pooling <name>',
      'one pooling instead of --features: mean, max, mean_max, first, last, pooler',
    )
    .option(
      '--layers <list>',
      'layers of --pooling, from the end if negative (default: -2)',
      parseLayers,
    );
}

/** Options about the head and how it is trained. */
export function addHeadOptions(command: Command): void {
  command
    .option('--tune <mode>', 'what is trained; this version trains the head', 'head')
    .addOption(
      new Option(
        '--recipe <name>',
        'settings of a known recipe, each overridden by its flag',
      ).choices(['2019']),
    )
    .addOption(
      new Option('--loss <name>', 'loss (default: normalized)').choices([
        'normalized',
        'bce',
        'weighted',
        'focal',
        'asymmetric',
      ]),
    )
    .option(
      '--focal-alpha <share>',
      'weight of positives in the focal loss, 0 to 1 (default: 0.1)',
      parseNumber,
    )
    .option('--focal-gamma <number>', 'exponent of the focal loss (default: 2)', parseNumber)
    .option(
      '--hidden <units>',
      'units of the hidden layer, 0 for a linear head (default: 128)',
      parseCount,
    )
    .option(
      '--dropout <share>',
      'share of hidden units dropped, 0 to below 1 (default: 0.5)',
      parseNumber,
    )
    .option('--no-standardize', 'take the encodings as they are');
  addOptimizerOptions(command);
}

function addOptimizerOptions(command: Command): void {
  command
    .option('--learning-rate <number>', 'peak learning rate of AdamW (default: 0.001)', parseNumber)
    .addOption(
      new Option('--schedule <name>', 'course of the learning rate (default: linear)').choices([
        'linear',
        'constant',
      ]),
    )
    .option(
      '--weight-decay <number>',
      'decoupled weight decay, 0 for plain Adam (default: 0.1)',
      parseNumber,
    )
    .option('--batch-size <rows>', 'rows a step (default: 128)', parseCount)
    .option('--epochs <number>', 'passes over the rows, at most (default: 12)', parseCount)
    .option(
      '--patience <epochs>',
      'epochs without improvement before it stops (default: 4)',
      parseCount,
    )
    .option(
      '--seed <number>',
      'decides split, first weights, order and dropout (default: 1)',
      parseCount,
    );
}

/** Options about how the run goes. */
export function addRunOptions(command: Command): void {
  command
    .option('--no-baseline', 'leave out the linear baseline')
    .option('--no-cache', 'neither read nor keep encodings on disk')
    .option('--workers <number>', 'worker threads (default: one a core)', parseCount)
    .option('--overwrite', 'replace the model that is at --out, once the new one is complete')
    .option('--resume', 'go on from where an interrupted run into --out stood')
    .option('--json', 'print the record of the model as JSON')
    .option('-q, --quiet', 'no progress, no warnings');
}
