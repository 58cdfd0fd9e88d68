// Flags of polytag train that contradict each other or mean nothing together.
import { findScoringContradiction } from './scoring-options.js';
import { isServiceReference, type TrainFlags } from './train-options.js';
import { findIdleTuningFlag } from './tuning-options.js';

/** The sentence about flags that contradict each other or mean nothing together; undefined if none do. */
export function findContradiction(table: string, flags: TrainFlags): string | undefined {
  const { tune, features, pooling, layers, validation } = flags;
  const idle = findIdleTuningFlag(flags) ?? findScoringContradiction(flags);
  if (idle !== undefined) return idle;
  if (tune !== undefined && tune.kind !== 'head' && isServiceReference(flags.encoder)) {
    return 'the encoder of a running service cannot be fine-tuned: it is not at hand (--tune head)';
  }
  if (tune?.kind === 'auto' && (flags.folds ?? flags.search) !== undefined) {
    return '--tune auto plans one plain training; with --folds or --search say what learns';
  }
  if (features !== undefined && (pooling ?? layers) !== undefined) {
    return '--features says all that --pooling and --layers say; give one or the other';
  }
  const settled = isServiceReference(flags.encoder) ? findSettledFlag(flags) : undefined;
  if (settled !== undefined) return settled;
  if (table === '-' && validation === '-') {
    return 'the table and --validation cannot both be read from standard input';
  }
  return findIdleLossFlag(flags);
}

function findSettledFlag(flags: TrainFlags): string | undefined {
  const settled = [
    ['--max-length', '-max_seq_len', flags.maxLength],
    ['--truncation', '-max_seq_len', flags.truncation],
    ['--windows', '-max_seq_len', flags.windows],
    ['--features', '-pooling_strategy and -pooling_layer', flags.features],
    ['--pooling', '-pooling_strategy', flags.pooling],
    ['--layers', '-pooling_layer', flags.layers],
  ] as const;
  const given = settled.find(([, , value]) => value !== undefined);
  return (
    given &&
    `${given[0]} is settled by the service that encodes: it was started with ${given[1]} or its default`
  );
}

function findIdleLossFlag(flags: TrainFlags): string | undefined {
  const loss = flags.loss ?? (flags.recipe === '2019' ? 'focal' : 'normalized');
  const parameters = [
    ['--focal-alpha', 'focal', flags.focalAlpha],
    ['--focal-gamma', 'focal', flags.focalGamma],
    ['--asymmetric-gamma-positive', 'asymmetric', flags.asymmetricGammaPositive],
    ['--asymmetric-gamma-negative', 'asymmetric', flags.asymmetricGammaNegative],
    ['--asymmetric-clip', 'asymmetric', flags.asymmetricClip],
  ] as const;
  const idle = parameters.find(([, kind, value]) => value !== undefined && kind !== loss);
  return idle && `${idle[0]} has no effect on the ${loss} loss; give --loss ${idle[1]} too`;
}
