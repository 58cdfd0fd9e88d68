// The public classifier: trains, loads, predicts, evaluates, saves.
//
//   const classifier = await MultiLabelClassifier.train({ table: 'comments.csv', out: 'model' });
//   const [scores] = await classifier.predict(['you are great']);
//   console.log(scores); // { toxic: 0.01, insult: 0.004, .. }
//   await classifier.close();
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WindowSettings, WordPieceTokenizer } from '../bert/index.js';
import { acquireFolderLock } from '../data/index.js';
import { trainModel } from '../training/index.js';
import type {
  EvaluateOptions,
  Evaluation,
  LabelledTexts,
  LoadOptions,
  PredictOptions,
  ScoreRequestOptions,
  TrainOptions,
} from './classifier-options.js';
import { evaluateOnTable, type ScoredTexts, scoreMatrix } from './evaluation.js';
import type { ExplainOptions, Explanation } from './explanation/explanation.js';
import { TextExplainer } from './explanation/text-explainer.js';
import { copyModel, type SaveOptions } from './model-copy.js';
import { writeModelFolder } from './model-folder.js';
import type { ModelRecord } from './model-record.js';
import type { RequestScores, Scorer, TextScores } from './scorer.js';
import { checkPrecision, openScorer } from './scorer-loading.js';
import { changeThresholds, type StoredThresholds } from './stored-thresholds.js';
import { openDistillation } from './teacher.js';
import { chooseThresholds, type ThresholdOptions } from './threshold-choice.js';
import type { ThresholdProposal } from './threshold-goals.js';
import { openTrainedFolder, type TrainedFolder } from './trained-folder.js';
import { readValidationScores, type ValidationScores } from './validation-scores.js';
import { checkOutput, prepareWorkFolder, removeStatelessWorkFolder } from './training-folders.js';

/** A trained classifier with its worker threads. Calls may overlap; they share the workers. */
export class MultiLabelClassifier {
  #thresholds: StoredThresholds;
  readonly #explainer: TextExplainer;

  private constructor(
    private readonly trained: TrainedFolder,
    private readonly scorer: Scorer,
  ) {
    this.#thresholds = trained.thresholds;
    this.#explainer = new TextExplainer(trained, scorer);
  }

  /**
   * Trains on a table, writes the model folder `out`, and loads it. Interrupted or killed, it leaves its
   * state in `OUT.training`; with `resume` it goes on from there to the same bytes. What is at `out` stays
   * until the new model is complete.
   *
   * @throws PolytagError OUTPUT_EXISTS, OUTPUT_FOREIGN, RUN_LOCKED while another run writes there; those
   *   of `trainModel` for tables, encoders and settings that cannot be used; DISK_FULL and others of
   *   writing; the signal's reason
   */
  static async train(options: TrainOptions): Promise<MultiLabelClassifier> {
    const { overwrite = false, resume = false, signal, onProgress, onWarning, workers } = options;
    const out = resolve(options.out);
    const workFolder = `${out}.training`;
    const lock = await acquireFolderLock(out);
    try {
      await checkOutput(out, overwrite);
      await prepareWorkFolder(workFolder, resume);
      const distillation = await openDistillation(options);
      const outcome = await trainModel({ ...options, distillation, workFolder });
      await writeModelFolder(out, outcome, {
        overwrite,
        signal,
        onProgress: (done, total) => onProgress?.({ phase: 'saving', done, total }),
      });
      await rm(workFolder, { recursive: true, force: true });
    } catch (error) {
      await removeStatelessWorkFolder(workFolder);
      throw error;
    } finally {
      await lock.release();
    }
    return MultiLabelClassifier.load(out, { workers, signal, onWarning });
  }

  /**
   * Loads a trained model, after checking every file of it against its SHA-256.
   *
   * A service that encodes for it is asked at the first text only.
   *
   * @param reference the folder that training wrote, or a .zip of it
   * @throws PolytagError CLASSIFIER_MISSING, MODEL_FILE_CHANGED, MODEL_FILE_MISSING, MODEL_RECORD_INVALID
   *   and others of `openTrainedFolder`, MODEL_LOAD_FAILED, OPTION_INVALID; the signal's reason
   */
  static async load(reference: string, options: LoadOptions = {}): Promise<MultiLabelClassifier> {
    checkPrecision(options.precision ?? 'fp32');
    const trained = await openTrainedFolder(reference, options);
    return new MultiLabelClassifier(trained, await openScorer(trained, options));
  }

  /** Absolute path of the model folder. */
  get folder(): string {
    return this.trained.folder;
  }

  /** In the order of the training table. */
  get labels(): readonly string[] {
    return this.trained.record.labels;
  }

  /**
   * One a label: a score of at least this predicts the label. Chosen for the best F1 on validation rows, unless
   * others have been stored since: see `storeThresholds`.
   */
  get thresholds(): readonly number[] {
    return this.#thresholds.values;
  }

  /** The thresholds with their version, 1 for those of training, and the changes since. */
  get storedThresholds(): StoredThresholds {
    return this.#thresholds;
  }

  /**
   * Targets and scores of the validation rows, on which other thresholds can be tried; undefined for a model that was
   * trained before they were kept.
   *
   * @throws PolytagError MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID, MODEL_RECORD_INVALID
   */
  validationScores(): Promise<ValidationScores | undefined> {
    return readValidationScores(this.trained);
  }

  /** How the model came to be, and how good it was on its validation rows. */
  get info(): ModelRecord {
    return this.trained.record;
  }

  /**
   * Scores texts: for each its labels' scores from 0 to 1, by label, in label order.
   *
   * @throws PolytagError as `WorkerPool.run`; the signal's reason
   */
  async predict(
    texts: readonly string[],
    options: PredictOptions = {},
  ): Promise<Record<string, number>[]> {
    const predictions: Record<string, number>[] = [];
    for await (const { scores } of this.predictStream(texts, options)) {
      predictions.push(Object.fromEntries(this.labels.map((label, at) => [label, scores[at]])));
    }
    return predictions;
  }

  /**
   * Scores texts into one matrix [texts, labels], row-major.
   *
   * @throws PolytagError as `WorkerPool.run`; the signal's reason
   */
  async predictMatrix(
    texts: readonly string[],
    options: PredictOptions = {},
  ): Promise<ScoredTexts> {
    return scoreMatrix(this.scorer, texts, this.labels.length, options);
  }

  /**
   * Scores a stream of any length in constant memory, in the order of the texts.
   *
   * @throws what `texts` throws; PolytagError as `WorkerPool.run`; the signal's reason
   */
  predictStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options: PredictOptions = {},
  ): AsyncGenerator<TextScores, void, undefined> {
    return this.scorer.scoreStream(texts, options);
  }

  /**
   * Scores the texts of one request among many, as a service has them. Requests under way at the same time share
   * batches and take turns by `asker`, so that a small one need not wait for the end of a large one. The last bits of a
   * score (differences of 1e-6) depend on the texts that it shared a batch with.
   *
   * @throws PolytagError QUEUE_FULL when `maxWaitingTexts` wait, those of `WorkerPool.run`; the signal's reason
   */
  scoreRequest(
    texts: readonly string[],
    options: ScoreRequestOptions = {},
  ): Promise<RequestScores[]> {
    return this.scorer.scoreRequest(texts, options);
  }

  /**
   * Explains what a text scores: what each word adds to a label, and what each sentence scores alone. Shares the
   * workers with `scoreRequest`; gradients are taken by two more at most, which start with the
   * first explanation that needs them.
   *
   * @throws PolytagError OPTION_INVALID for a label that the model lacks, or for gradients of a model whose encoder is a
   *   service; QUEUE_FULL and others of `scoreRequest`; the signal's reason
   */
  explain(text: string, options: ExplainOptions = {}): Promise<Explanation> {
    return this.#explainer.explain(text, options, this.thresholds);
  }

  /** What cuts texts into tokens; undefined where the model's encoder is a service. */
  get tokenizer(): WordPieceTokenizer | undefined {
    return this.scorer.about.tokenizer;
  }

  /** How `scoreRequest` scores long texts by windows; undefined: it cuts them. */
  get requestWindows(): WindowSettings | undefined {
    return this.scorer.about.requestWindows;
  }

  /** Texts of `scoreRequest` that have been admitted and not been answered yet. */
  get waitingTexts(): number {
    return this.scorer.about.waitingTexts;
  }

  /** Worker threads asked for, and those that died and were replaced. */
  get workers(): { readonly count: number; readonly restarts: number } {
    return this.scorer.about.workers;
  }

  /**
   * Measures the model, and its baseline if it has one, on the rows of a table with the same labels.
   *
   * @param table path of the table, which is read into memory, or labelled texts
   * @throws PolytagError as `readLabelledTable`; the signal's reason
   */
  async evaluate(
    table: string | LabelledTexts,
    options: EvaluateOptions = {},
  ): Promise<Evaluation> {
    return evaluateOnTable(this.trained, this.scorer, this.thresholds, table, options);
  }

  /**
   * Chooses thresholds for a goal, and says what those of now and the chosen ones come to on the rows that chose them.
   * Nothing is changed: see `storeThresholds`.
   *
   * @param table path of a table with the model's labels (the goal `rate` needs none); undefined for the validation rows
   * @throws PolytagError OPTION_INVALID; as `readLabelledTable` and `predictStream`; the signal's reason
   */
  proposeThresholds(table?: string, options: ThresholdOptions = {}): Promise<ThresholdProposal[]> {
    return chooseThresholds(this.trained, this.scorer, this.thresholds, table, options);
  }

  /**
   * Changes thresholds, for this classifier from now on and for whoever loads the model folder later. The folder
   * keeps the changes before, each with its time and reason.
   *
   * @param changes thresholds from 0 to 1 by label; labels left out keep theirs
   * @param reason for the history
   * @throws PolytagError OPTION_INVALID for a label that the model lacks or a threshold outside 0 to 1;
   *   THRESHOLDS_FOREIGN; RUN_LOCKED, DISK_FULL, WRITE_FORBIDDEN, WRITE_FAILED
   */
  async storeThresholds(
    changes: Readonly<Record<string, number>>,
    reason: string,
  ): Promise<StoredThresholds> {
    this.#thresholds = await changeThresholds(this.trained, changes, reason);
    return this.#thresholds;
  }

  /**
   * Copies the model folder, as it is or in its compact form, and checks the copy; it appears whole or not at all.
   *
   * @throws PolytagError OPTION_INVALID, OUTPUT_EXISTS, OUTPUT_FOREIGN, RUN_LOCKED; MODEL_FILE_CHANGED,
   *   MODEL_FILE_MISSING; DISK_FULL and others of writing
   */
  async save(folder: string, options: SaveOptions = {}): Promise<void> {
    await copyModel(this.trained, folder, options);
  }

  /** Waits for calls under way, then ends the worker threads. */
  async close(): Promise<void> {
    await this.#explainer.close();
    await this.scorer.close();
  }
}
