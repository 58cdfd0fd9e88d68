// A session whose state stays in its worker thread from run to run: the engine of training.
import { polytagError } from '../../errors/index.js';
import type { Tensor } from '../../graph/index.js';
import { checkCount } from '../counts.js';
import { loadError, type ModelSource, shareModel } from '../model-source.js';
import type { ModelFace } from '../session.js';
import { type Feeds, type NamedTensors, shipFeeds } from '../tensors.js';
import { Thread, ThreadEnded, ThreadFailure } from '../threads/thread.js';
import { asError } from '../thrown.js';
import type { StatefulCalls, StatePair, StepsDone } from './stateful-calls.js';

/** A tensor that a run reads from one input and writes, changed, to one output of the same type and shape. */
interface StateTensor extends StatePair {
  /** Its value before the first run; copied. */
  readonly initial: Tensor;
}

/** What a session is opened with. */
interface StatefulOptions {
  readonly state: readonly StateTensor[];
  /**
   * Inputs that are the same for every run, such as the matrix of all features; they cross to the thread
   * once. A record is copied; what a function makes is handed over without a copy.
   */
  readonly resident?: Feeds | undefined;
  /**
   * Further models over the same state and resident inputs, by name: each takes and gives those of them
   * that it has inputs and outputs for. To be run with `runMany(feeds, { program: name })`.
   */
  readonly programs?: Readonly<Record<string, ModelSource>> | undefined;
  /** Remember a memory plan for each combination of input shapes. Default true: shapes are the same in every run. */
  readonly memoryPatterns?: boolean | undefined;
  /** Threads inside one operator. Default 1. */
  readonly threads?: number | undefined;
  /** Another entry file for the thread, answering the same calls; for tests of a thread that dies. */
  readonly entry?: URL | undefined;
}

/** How many runs are done one after another. */
interface StepsOptions {
  /** Which of `programs` runs. Default: the main model. */
  readonly program?: string | undefined;
  /** Leaves off between two runs; the state is then that after the last run done. */
  readonly signal?: AbortSignal | undefined;
  /** Told the runs done, and the outputs of those since it was last told. */
  readonly onProgress?: ((done: number, outputs: readonly NamedTensors[]) => void) | undefined;
  /**
   * Runs between two reports, 1 or more. Default 100. So many feeds are sent at a time; the thread then
   * waits a fifth of a millisecond for the next ones.
   */
  readonly reportEvery?: number | undefined;
}

/**
 * Sessions over one state in one worker thread. Calls are done one after another, in the order in which they are
 * made. A failed run leaves the state as it was. When the thread dies the state is lost: keep copies
 * (`readState`) where that would hurt.
 */
export class StatefulSession {
  readonly #thread: Thread<StatefulCalls>;
  readonly #face: ModelFace;
  /** Names of the programs beside the main one, in the order of their numbers, from 1. */
  readonly #programs: readonly string[];
  #callsUnderWay = 0;
  #stepsDone = 0;
  /** Calls of `runMany` exclude each other: an interruption must meet the one that it is meant for. */
  #lastSteps: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(thread: Thread<StatefulCalls>, face: ModelFace, programs: readonly string[]) {
    this.#thread = thread;
    this.#face = face;
    this.#programs = programs;
  }

  /**
   * Loads the model in a thread of its own.
   * @throws PolytagError MODEL_LOAD_FAILED, also when a state does not fit the model; WORKERS_LOST when the thread
   * dies over it; OPTION_INVALID
   */
  static async open(model: ModelSource, options: StatefulOptions): Promise<StatefulSession> {
    const { state, resident = {}, threads = 1, programs = {}, memoryPatterns = true } = options;
    checkCount('threads', threads);
    const shared = shareModel(model);
    const stateShipment = shipFeeds(
      Object.fromEntries(state.map(({ input, initial }) => [input, initial] as const)),
    );
    const residentShipment = shipFeeds(resident);
    const thread = new Thread<StatefulCalls>(
      options.entry ?? new URL('../stateful-thread.js', import.meta.url),
    );
    thread.keepAlive(true);
    try {
      const [face] = await thread.call(
        'load',
        {
          models: [shared, ...Object.values(programs).map(shareModel)],
          settings: { threads, memoryArena: true, memoryPatterns, graphOptimization: 'all' },
          pairs: state.map(({ input, output }) => ({ input, output })),
          state: stateShipment.tensors,
          resident: residentShipment.tensors,
        },
        [...stateShipment.transfer, ...residentShipment.transfer],
      );
      thread.keepAlive(false);
      return new StatefulSession(thread, face, Object.keys(programs));
    } catch (error) {
      await thread.stop();
      throw loadError(error, shared);
    }
  }

  /** What the model takes and gives, state and resident inputs included. */
  get face(): ModelFace {
    return this.#face;
  }

  /** Runs done since the session was opened. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /**
   * One run. Resolves to all outputs that are not state.
   * @throws as {@link StatefulSession.runMany}
   */
  async run(feeds: NamedTensors, options: StepsOptions = {}): Promise<NamedTensors> {
    const [outputs] = await this.runMany([feeds], options);
    return outputs;
  }

  /**
   * One run for each feeds, `reportEvery` at a time without a word to this thread in between: a run costs
   * some 30 microseconds more than the graph. The feeds are read as they are needed and copied. Resolves
   * to the outputs that are not state, run by run.
   * @throws PolytagError MODEL_RUN_FAILED (the runs before it count), TRAINING_THREAD_DIED; the signal's reason, once
   * the run under way is done; what `feeds` or `onProgress` throw
   */
  runMany(feeds: Iterable<NamedTensors>, options: StepsOptions = {}): Promise<NamedTensors[]> {
    const steps = this.#lastSteps.then(() => this.#runSteps(feeds, options));
    this.#lastSteps = steps.catch(() => undefined);
    return steps;
  }

  /**
   * Copies of the state after the runs done so far, by the names of the inputs.
   * @throws PolytagError TRAINING_THREAD_DIED
   */
  readState(): Promise<NamedTensors> {
    return this.#call('read', null);
  }

  /**
   * Overwrites the state tensors named (by their inputs) with copies of `values`: all of them or none.
   * @throws PolytagError MODEL_RUN_FAILED when one is unknown or has another type or shape; TRAINING_THREAD_DIED
   */
  async writeState(values: NamedTensors): Promise<void> {
    const { tensors, transfer } = shipFeeds(values);
    await this.#call('write', tensors, transfer);
  }

  /** Ends the thread after the run that it is at; what is not done then rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#thread.stop();
    return this.#closing;
  }

  async #runSteps(feeds: Iterable<NamedTensors>, options: StepsOptions): Promise<NamedTensors[]> {
    const { signal, onProgress, reportEvery = 100, program } = options;
    checkCount('reportEvery', reportEvery);
    const number = program === undefined ? 0 : this.#programs.indexOf(program) + 1;
    if (number === 0 && program !== undefined) throw new Error(`there is no program "${program}"`);
    signal?.throwIfAborted();
    const interrupt = (): void => {
      this.#thread.interrupt(true);
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    const all: NamedTensors[] = [];
    try {
      for (const group of groupsOf(feeds, reportEvery)) {
        const { outputs, failure } = await this.#sendSteps(number, group);
        this.#stepsDone += outputs.length;
        all.push(...outputs);
        if (outputs.length > 0) onProgress?.(all.length, outputs);
        if (failure !== undefined) throw polytagError('MODEL_RUN_FAILED', { reason: failure });
        if (outputs.length < group.length)
          throw asError(signal?.reason ?? 'the session was closed');
        signal?.throwIfAborted();
      }
      return all;
    } finally {
      signal?.removeEventListener('abort', interrupt);
      if (this.#closing === undefined) this.#thread.interrupt(false);
    }
  }

  #sendSteps(program: number, feeds: readonly NamedTensors[]): Promise<StepsDone> {
    const shipments = feeds.map((stepFeeds) => shipFeeds(stepFeeds));
    const transfer = shipments.flatMap((shipment) => shipment.transfer);
    return this.#call(
      'steps',
      { program, feeds: shipments.map(({ tensors }) => tensors) },
      transfer,
    );
  }

  async #call<Kind extends keyof StatefulCalls>(
    kind: Kind,
    request: StatefulCalls[Kind]['request'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<StatefulCalls[Kind]['reply']> {
    if (this.#closing !== undefined) throw new Error('the session is closed');
    this.#callsUnderWay += 1;
    this.#thread.keepAlive(true);
    try {
      return await this.#thread.call(kind, request, transfer);
    } catch (error) {
      throw callError(error);
    } finally {
      this.#callsUnderWay -= 1;
      if (this.#callsUnderWay === 0) this.#thread.keepAlive(false);
    }
  }
}

/** `items` in groups of `size`, the last one smaller. */
function* groupsOf<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let group: Item[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function callError(error: unknown): Error {
  const { message } = asError(error);
  if (error instanceof ThreadFailure) return polytagError('MODEL_RUN_FAILED', { reason: message });
  if (error instanceof ThreadEnded)
    return polytagError('TRAINING_THREAD_DIED', { reason: message });
  return asError(error);
}
