// The types of mutants.mjs, which bench/ runs without a compiler.

/** Numbers in [0, 1) from a seed. */
export function randomNumbers(seed: number): () => number;

/** The frames of a message that is wrong in one way or two; never a TERMINATION. */
export function mutant(random: () => number, identity: string, id: string): (string | Uint8Array)[];
