// Token ids back to text, as Hugging Face's WordPiece decoder does it (tokenizers, src/decoders/wordpiece.rs).
import type { WordPieceTokenizer } from '../../../bert/index.js';

/** What the decoder tidies up, in this order, within each token. */
const tidied: readonly (readonly [found: string, replacement: string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function tidy(token: string): string {
  return tidied.reduce((text, [found, replacement]) => text.replaceAll(found, replacement), token);
}

/** The special tokens of a tokenizer: none of them is text. */
function specialTokens({ settings }: WordPieceTokenizer): ReadonlySet<string> {
  return new Set([
    settings.unknownToken,
    settings.classificationToken,
    settings.separatorToken,
    settings.paddingToken,
    settings.maskToken,
  ]);
}

/** The text of tokens; ids outside the vocabulary are left out. */
export function decodeIds(
  ids: readonly number[],
  tokenizer: WordPieceTokenizer,
  { skipSpecialTokens }: { readonly skipSpecialTokens: boolean },
): string {
  const special = specialTokens(tokenizer);
  const prefix = tokenizer.settings.continuationPrefix;
  const tokens = ids
    .map((id) => tokenizer.tokenOf(id))
    .filter((token) => token !== undefined)
    .filter((token) => !skipSpecialTokens || !special.has(token));
  const pieces = tokens.map((token, index) => {
    if (index === 0) return tidy(token);
    return tidy(token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`);
  });
  return pieces.join('');
}
