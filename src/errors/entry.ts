// The shape of one entry of the error catalogue.

/** A kind of error: what it means, its sentence, and how to solve it. */
export interface ErrorEntry<Details> {
  /** What has happened, in general; shown in docs/errors.md. */
  readonly meaning: string;
  /** How to solve it; shown to the user after the sentence, and in docs/errors.md. */
  readonly remedy: string;
  /** The sentence for one occurrence. */
  readonly sentence: (details: Details) => string;
}

/** Declares an entry; `Details` are the facts that its sentence needs. */
export function entry<Details>(
  meaning: string,
  remedy: string,
  sentence: (details: Details) => string,
): ErrorEntry<Details> {
  return { meaning, remedy, sentence };
}
