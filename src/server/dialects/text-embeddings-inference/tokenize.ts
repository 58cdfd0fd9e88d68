// POST /tokenize and /decode: texts to tokens with their places, and back.
import type { WordPieceTokenizer } from '../../../bert/index.js';
import { Refusal } from '../../http/refusal.js';
import { checkBody } from '../../http/schema-check.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { modelNamed, modelNameOf } from '../named-model.js';
import { lengthOf, mapInTurns } from '../text-turns.js';
import { characterLimit } from '../truncation.js';
import { byteOffsets } from './byte-offsets.js';
import { refusePrompt } from './embed.js';
import { checkBatch, checkText } from './refusals.js';
import { decodeSchema, tokenizeSchema } from './schemas.js';
import { decodeIds } from './word-piece-decoder.js';

/** A token as the original shows it. */
interface SimpleToken {
  readonly id: number;
  /** The part of the text that it stands for; of a special token its name. */
  readonly text: string;
  readonly special: boolean;
  /** In bytes of UTF-8; null for special tokens. */
  readonly start: number | null;
  readonly stop: number | null;
}

/** The tokens of a text; nothing is cut. */
export function tokensOf(
  text: string,
  tokenizer: WordPieceTokenizer,
  addSpecialTokens: boolean,
): SimpleToken[] {
  const { ids, starts, ends, sources } = tokenizer.encode(text, { addSpecialTokens });
  const bytes = byteOffsets(text);
  return Array.from(ids, (id, index) => {
    if (sources[index] < 0) {
      return { id, text: tokenizer.tokenOf(id) ?? '', special: true, start: null, stop: null };
    }
    const [start, end] = [starts[index], ends[index]];
    return {
      id,
      text: text.slice(start, end),
      special: false,
      start: bytes[start],
      stop: bytes[end],
    };
  });
}

/** Answers POST /tokenize. */
export async function answerTokenize(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const body = checkBody(tokenizeSchema, request.body);
  const texts = typeof body.inputs === 'string' ? [body.inputs] : body.inputs;
  checkBatch(texts.length, request.limits);
  refusePrompt(body.prompt_name);
  const model = modelNamed(service, modelNameOf(request));
  const limit = characterLimit(model.maxLength);
  for (const text of texts) {
    checkText(text === '');
    if (text.length <= limit) continue;
    throw new Refusal(
      'REQUEST_INVALID',
      `Input validation error: \`inputs\` must have less than ${limit} characters. Given: ${text.length}`,
    );
  }
  const addSpecialTokens = body.add_special_tokens ?? true;
  return {
    body: await mapInTurns(texts, lengthOf, (text) =>
      tokensOf(text, model.tokenizer, addSpecialTokens),
    ),
  };
}

function isLists(
  ids: readonly number[] | readonly (readonly number[])[],
): ids is readonly number[][] {
  return ids.length > 0 && typeof ids[0] !== 'number';
}

/** Answers POST /decode. */
export async function answerDecode(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const body = checkBody(decodeSchema, request.body);
  const lists = isLists(body.ids) ? body.ids : [body.ids as readonly number[]];
  checkBatch(lists.length, request.limits, 'ids');
  for (const ids of lists) checkText(ids.length === 0, 'input_ids');
  const { tokenizer } = modelNamed(service, modelNameOf(request));
  const skipSpecialTokens = body.skip_special_tokens ?? true;
  return {
    body: await mapInTurns(
      lists,
      (ids) => ids.length,
      (ids) => decodeIds(ids, tokenizer, { skipSpecialTokens }),
    ),
  };
}
