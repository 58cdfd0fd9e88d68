// The texts of a benchmark: random words of a file, the same ones in each run.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RandomSource } from '../../data/index.js';
import { polytagError } from '../../errors/index.js';

/** Where the words come from when nobody says it and the folder has no README.md. */
const ownText = fileURLToPath(new URL('../../../README.md', import.meta.url));

/** The words of a file, each once. */
export interface Vocabulary {
  readonly words: readonly string[];
  /** The file that they are from. */
  readonly file: string;
}

/**
 * Reads the words of `file`.
 * @param isChosen whether somebody named the file; else polytag's README stands in for one that is not there
 * @throws PolytagError FILE_MISSING, FILE_UNREADABLE
 */
export async function readVocabularyWords(file: string, isChosen: boolean): Promise<Vocabulary> {
  const text = await readText(file, isChosen);
  if (text === undefined) return readVocabularyWords(ownText, true);
  const words = [...new Set(text.split(/\s+/).filter((word) => word !== ''))];
  if (words.length > 0) return { words, file };
  throw polytagError('FILE_UNREADABLE', { file, reason: 'it has no words' });
}

/** The content of a file; nothing if it is not there and need not be. */
async function readText(file: string, isNeeded: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && !isNeeded) return undefined;
    if (isMissing) throw polytagError('FILE_MISSING', { file }, { cause: error });
    const reason = error instanceof Error ? error.message : String(error);
    throw polytagError('FILE_UNREADABLE', { file, reason }, { cause: error });
  }
}

/** Makes texts of `words` words each. `seed` decides which. */
export function makeTexts(
  vocabulary: readonly string[],
  { texts, words, seed }: { readonly texts: number; readonly words: number; readonly seed: number },
): string[] {
  const random = new RandomSource(seed);
  const word = (): string => vocabulary[random.nextInteger(vocabulary.length)];
  return Array.from({ length: texts }, () => Array.from({ length: words }, word).join(' '));
}
