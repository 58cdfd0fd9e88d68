// Cuts a text into word 1-2-grams and character 2-5-grams, each named by a bucket that its hash falls into.

/** Buckets of either kind of n-gram: characters have 0 .. 2^22 - 1, words the same number from there on. */
export const BUCKETS_OF_A_KIND = 2 ** 22;

/** All buckets. */
export const BUCKETS = 2 * BUCKETS_OF_A_KIND;

/** Code points of a text that are read; what follows is left out. Ten times what an encoder sees. */
export const LONGEST_TEXT = 20_000;

const SHORTEST_GRAM = 2;
const LONGEST_GRAM = 5;

const UNSEEN = 0;
const WORD = 1;
const SPACE = 2;
const OTHER = 3;
const IGNORED = 4;
const SPACE_CODE = 0x20;

const word = /[\p{L}\p{N}\p{M}_]/u;
const space = /\s/u;
// Zero-width joiners, soft hyphens and control characters: invisible, and used to hide words.
const ignored = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/u;

/** What each code point is, found out when it first occurs. */
const kinds = new Uint8Array(0x110000);

function kindOf(code: number): number {
  if (kinds[code] === UNSEEN) kinds[code] = classify(String.fromCodePoint(code));
  return kinds[code];
}

function classify(character: string): number {
  if (space.test(character)) return SPACE;
  if (ignored.test(character)) return IGNORED;
  return word.test(character) ? WORD : OTHER;
}

/**
 * Reads n-grams of one text after another. Texts are brought to Unicode's NFKC and to lower case. A word
 * is a run of letters, marks, digits and underscores, also of one; a bigram is two words in a row. Character
 * n-grams stay within what lies between white space, one space on either side counting: scikit-learn's
 * `char_wb`. Hashes depend on nothing but code points, so they are the same on every machine.
 */
export class NgramReader {
  /** Buckets of the words and bigrams of the text last read, in order, repeated as they occur. */
  readonly words = new Int32Array(LONGEST_TEXT + 2);
  wordCount = 0;
  /** Buckets of its character n-grams. */
  readonly characters = new Int32Array((LONGEST_TEXT + 2) * (LONGEST_GRAM - SHORTEST_GRAM + 1));
  characterCount = 0;
  /** Its code points: a space, then words and single spaces, a space at the end. */
  private readonly codes = new Int32Array(LONGEST_TEXT + 2);

  /** Reads `text`; the fields then hold its n-grams until the next call. */
  read(text: string): void {
    const length = this.readCodes(text);
    this.readWords(length);
    this.readCharacters(length);
  }

  private readCodes(text: string): number {
    const { codes } = this;
    // Cut first: the length of a text is anybody's choice, the time that normalizing takes is ours.
    const plain = text
      .slice(0, 2 * LONGEST_TEXT)
      .normalize('NFKC')
      .toLowerCase();
    let length = 1;
    codes[0] = SPACE_CODE;
    for (let unit = 0; unit < plain.length && length <= LONGEST_TEXT; unit++) {
      let code = plain.charCodeAt(unit);
      if (code >= 0xd800 && code < 0xdc00) {
        code = plain.codePointAt(unit) ?? code;
        if (code > 0xffff) unit++;
      }
      const kind = kindOf(code);
      if (kind === IGNORED) continue;
      if (kind !== SPACE) codes[length++] = code;
      else if (codes[length - 1] !== SPACE_CODE) codes[length++] = SPACE_CODE;
    }
    if (codes[length - 1] !== SPACE_CODE) codes[length++] = SPACE_CODE;
    return length;
  }

  private readWords(length: number): void {
    const { codes, words } = this;
    let count = 0;
    let previous = 0;
    for (let at = 0; at < length; at++) {
      if (kinds[codes[at]] !== WORD) continue;
      let hash = 0x1b873593;
      for (; kinds[codes[at]] === WORD; at++) hash = mix(hash, codes[at]);
      if (count > 0)
        words[count++] = BUCKETS_OF_A_KIND + bucketOf(mix(mix(0x52dce729, previous), hash));
      words[count++] = BUCKETS_OF_A_KIND + bucketOf(hash);
      previous = hash;
    }
    this.wordCount = count;
  }

  private readCharacters(length: number): void {
    const { codes, characters } = this;
    let count = 0;
    for (let start = 0; start < length; start++) {
      const end = Math.min(length, start + LONGEST_GRAM);
      let hash = mix(0x2545f491, codes[start]);
      for (let at = start + 1; at < end; at++) {
        hash = mix(hash, codes[at]);
        characters[count++] = bucketOf(hash);
        if (codes[at] === SPACE_CODE) break;
      }
    }
    this.characterCount = count;
  }
}

function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x5bd1e995);
  return product ^ (product >>> 15);
}

// The finalizer of MurmurHash3 (Austin Appleby, public domain): every bit of the hash moves every bit of the bucket.
function bucketOf(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) & (BUCKETS_OF_A_KIND - 1);
}
