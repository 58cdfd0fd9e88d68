// How long steps and validations of a run take: some are tried, in a session that is thrown away.
import type { MeasuredPace } from './planned-run.js';
import type { TuningTask } from './tuning-graphs.js';
import { planSteps, rowsAnEpoch, type TuningStep } from './tuning-schedule.js';
import { TuningSession } from './tuning-session.js';
import { needsGathering, type TunedTable } from './tuning-trainer.js';

/** Steps before the clock starts: the first ones make their buffers. */
const WARM_STEPS = 2;

/** Steps that are timed, spread over an epoch. */
const TIMED_STEPS = 8;

/** Validation rows that are scored for their time. */
const SCORED_ROWS = 256;

/** Seconds of a checkpoint for each megabyte of what learns and its two moments. */
const CHECKPOINT_SECONDS_A_MEGABYTE = 0.01;

/** Times steps of the run's own first epoch. */
export async function measurePace(
  task: TuningTask,
  table: TunedTable,
  threads: number,
): Promise<MeasuredPace> {
  const { settings, seed } = task;
  const epoch = [...planSteps(table, { ...settings, epochs: 1 }, { seed })];
  const every = Math.max(1, Math.floor(epoch.length / (WARM_STEPS + TIMED_STEPS)));
  const tried = epoch.filter((_, at) => at % every === 0).slice(0, WARM_STEPS + TIMED_STEPS);
  const gathers = needsGathering(task, table);
  const session = await TuningSession.open(task, table, { gathers, threads });
  try {
    for (const step of tried.slice(0, WARM_STEPS)) await session.takeStep(step);
    const timed = tried.length > WARM_STEPS ? tried.slice(WARM_STEPS) : tried;
    const seconds = await timeOf(async () => {
      for (const step of timed) await session.takeStep(step);
    });
    const perToken = seconds / countTokens(timed);
    const scored = table.validation.slice(0, SCORED_ROWS);
    const scoring = await timeOf(() => session.scoreRows(scored));
    const learning = task.parameters.reduce((sum, { initial }) => sum + initial.data.byteLength, 0);
    return {
      stepSeconds: (perToken * countTokens(epoch)) / epoch.length,
      stepsAnEpoch: Math.ceil(rowsAnEpoch(table) / settings.batchSize),
      validationSeconds:
        (scoring * table.validation.length) / scored.length +
        ((3 * learning) / 1e6) * CHECKPOINT_SECONDS_A_MEGABYTE,
      megabytes:
        [...task.weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0) / 1e6,
    };
  } finally {
    await session.close();
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Padding included. */
function countTokens(steps: readonly TuningStep[]): number {
  const batches = steps.flatMap(({ microBatches }) => microBatches);
  return batches.reduce((sum, { rows, length }) => sum + rows.length * length, 0);
}
