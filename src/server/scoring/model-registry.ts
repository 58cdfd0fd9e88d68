// The models of a service, by name: loaded, replaced while requests go on, and closed when nobody uses them any more.
//
//   const models = await ModelRegistry.open([{ name: 'toxic', reference: 'my-model' }], {});
//   models.classifier('toxic'); // the current generation
//   await models.reload('toxic'); // the next one; the one before is closed when its last request has ended
import { readdir } from 'node:fs/promises';
import { polytagError } from '../../errors/index.js';
import { resolveReference } from '../../weights/index.js';
import { Refusal } from '../http/refusal.js';
import { LoadedClassifier } from './loaded-classifier.js';
import { LoadedEncoder } from './loaded-encoder.js';
import type { NamedReference } from './model-names.js';
import type { ScoringService } from './scoring-service.js';
import type { ThresholdSet } from './served-model.js';
import type { ServingOptions } from './serving-options.js';

type Generation = LoadedClassifier | LoadedEncoder;

/** A name, and what answers to it now. */
interface Place {
  /** Where it is loaded from again. */
  readonly reference: string;
  current: Generation;
  /** The last change under way: changes of one model come one after the other. */
  changing: Promise<unknown>;
}

/** A trained model's folder has this file. */
const recordFile = 'polytag.json';

async function load(
  { name, reference }: NamedReference,
  options: ServingOptions,
): Promise<Generation> {
  const folder = await resolveReference(reference, options);
  const names = await readdir(folder);
  return names.includes(recordFile)
    ? LoadedClassifier.load(name, folder, options)
    : LoadedEncoder.load(name, folder, options);
}

/** Loads all, or closes those that were loaded and throws what the first failure was. */
async function loadAll(
  references: readonly NamedReference[],
  options: ServingOptions,
): Promise<Generation[]> {
  const outcomes = await Promise.allSettled(references.map((one) => load(one, options)));
  const loaded = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed?.status !== 'rejected') return loaded;
  await Promise.all(loaded.map((generation) => generation.close()));
  throw failed.reason;
}

export class ModelRegistry implements ScoringService {
  readonly #places = new Map<string, Place>();
  /** Requests under way, each with what it began before. */
  readonly #requests = new Set<{ readonly ended: Promise<void> }>();
  readonly #retiring = new Set<Promise<void>>();

  private constructor(
    references: readonly NamedReference[],
    generations: readonly Generation[],
    private readonly options: ServingOptions,
  ) {
    references.forEach(({ name, reference }, at) => {
      const place = { reference, current: generations[at], changing: Promise.resolve() };
      this.#places.set(name, place);
    });
  }

  /**
   * Loads all models.
   * @throws PolytagError of loading: then none is left open
   */
  static async open(
    references: readonly NamedReference[],
    options: ServingOptions,
  ): Promise<ModelRegistry> {
    return new ModelRegistry(references, await loadAll(references, options), options);
  }

  get models(): readonly Generation[] {
    return [...this.#places.values()].map(({ current }) => current);
  }

  classifier(name?: string): LoadedClassifier {
    const found = this.#find(name, (model) => model.kind === 'classifier');
    if (found?.kind === 'classifier') return found;
    throw unknownModel('classifier', name);
  }

  encoder(name?: string): LoadedEncoder {
    const found = this.#find(name, (model) => model.kind === 'encoder');
    if (found?.kind === 'encoder') return found;
    throw unknownModel('encoder', name);
  }

  /**
   * Keeps the generations of now usable until the function returned is called, once.
   */
  hold(): () => void {
    let end: () => void = () => undefined;
    const request = {
      ended: new Promise<void>((resolve) => {
        end = resolve;
      }),
    };
    this.#requests.add(request);
    return () => {
      this.#requests.delete(request);
      end();
    };
  }

  async reload(name: string): Promise<{ before: string; after: string }> {
    const { onReload } = this.options;
    try {
      const versions = await this.#reload(name);
      onReload?.({ name, versions });
      return versions;
    } catch (error) {
      if (this.#places.has(name)) onReload?.({ name, versions: undefined, error });
      throw error;
    }
  }

  #reload(name: string): Promise<{ before: string; after: string }> {
    return this.#change(name, async (place) => {
      const { reference, current } = place;
      const next = await load({ name, reference }, this.options);
      if (next.kind !== current.kind) {
        await next.close();
        const problem = `it holds ${next.kind === 'encoder' ? 'an encoder' : 'a classifier'} now, and a ${current.kind} was served under its name`;
        throw polytagError('MODEL_UNSERVABLE', { reference, problem });
      }
      place.current = next;
      this.#retire(current);
      return { before: current.version, after: next.version };
    });
  }

  setThresholds(
    name: string,
    values: Readonly<Record<string, number>>,
    reason = 'changed while it was served',
  ): Promise<ThresholdSet> {
    return this.#change(name, async () => {
      const model = this.classifier(name);
      const unknown = Object.keys(values).find((label) => !model.labels.includes(label));
      if (unknown !== undefined) {
        const known = model.labels.map((label) => JSON.stringify(label)).join(', ');
        throw new Refusal(
          'REQUEST_INVALID',
          `${JSON.stringify(unknown.slice(0, 64))} is no label of ${name}; it has ${known}`,
        );
      }
      return model.storeThresholds(values, reason);
    });
  }

  /** Ends all models; to be called when no request is under way any more. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#places.values()].map(({ changing }) => changing));
    await Promise.all(this.models.map((model) => model.close()));
    await Promise.allSettled(this.#retiring);
  }

  #find(name: string | undefined, isKind: (model: Generation) => boolean): Generation | undefined {
    if (name !== undefined) return this.#places.get(name)?.current;
    return this.models.find(isKind);
  }

  async #change<Result>(name: string, work: (place: Place) => Promise<Result>): Promise<Result> {
    const place = this.#places.get(name);
    if (place === undefined) throw unknownModel('model', name);
    const changed = place.changing.then(() => work(place));
    place.changing = changed.catch(() => undefined);
    return changed;
  }

  /** Closes a generation once the requests of now have ended: any of them may still ask it. */
  #retire(generation: Generation): void {
    const requests = [...this.#requests].map(({ ended }) => ended);
    const retired = Promise.all(requests)
      .then(() => generation.close())
      .finally(() => {
        this.#retiring.delete(retired);
      });
    retired.catch(() => undefined);
    this.#retiring.add(retired);
  }
}

function unknownModel(kind: string, name: string | undefined): Refusal {
  if (name === undefined) return new Refusal('MODEL_UNKNOWN', `no ${kind} is served here`);
  const shown = JSON.stringify(name.slice(0, 96));
  return new Refusal('MODEL_UNKNOWN', `no ${kind} is served under the name ${shown}`);
}
