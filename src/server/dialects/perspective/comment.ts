// What analyze and suggestscore have in common: the comment, its context and its languages, checked as Perspective did.
import type { ServedClassifier } from '../../scoring/served-model.js';
import type { AnalyzeRequest } from './schemas.js';
import { PerspectiveRefusal } from './refusals.js';

/** Bytes of UTF-8 that a comment may have. */
const mostCommentBytes = 20_480;

type CommentRequest = Pick<AnalyzeRequest, 'comment' | 'context'>;

const plainTypes: readonly (string | undefined)[] = [
  undefined,
  'PLAIN_TEXT',
  'TEXT_TYPE_UNSPECIFIED',
];

/**
 * The text of the comment.
 * @throws PerspectiveRefusal
 */
export function readComment({ comment, context }: CommentRequest): string {
  if (context?.entries !== undefined && context.articleAndParentComment !== undefined) {
    throw new PerspectiveRefusal(
      'INVALID_REQUEST',
      'Context can have either entries or article_and_parent_comment, but both fields were populated.',
    );
  }
  if (!plainTypes.includes(comment?.type)) {
    const isHtml = comment?.type === 'HTML';
    throw new PerspectiveRefusal(
      'INVALID_REQUEST',
      isHtml ? "Currently, only 'PLAIN_TEXT' comments are supported" : 'Unknown text type',
    );
  }
  const text = comment?.text ?? '';
  if (text === '') throw new PerspectiveRefusal('COMMENT_EMPTY', 'Comment must be non-empty.');
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > mostCommentBytes) {
    const problem = `Comment text was too many bytes. Value (${bytes}) exceeded limit (${mostCommentBytes}).`;
    throw new PerspectiveRefusal('COMMENT_TOO_LONG', problem);
  }
  return text;
}

function comparable(tag: string): string {
  return tag.replaceAll('_', '-').toLowerCase();
}

/** Whether a model that speaks `spoken` speaks `asked`: `en-GB` is `en`, but `hi` is not `hi-Latn`. */
function isSpoken(asked: string, spoken: readonly string[]): boolean {
  const tag = comparable(asked);
  return spoken.map(comparable).some((own) => tag === own || tag.startsWith(`${own}-`));
}

/** Those of the languages asked for that the model does not speak. */
export function unspokenLanguages(
  languages: readonly string[],
  model: Pick<ServedClassifier, 'languages'>,
): string[] {
  return languages.filter((language) => !isSpoken(language, model.languages));
}

/** Refuses an attribute for its languages, in Perspective's words. */
export function languageRefusal(
  attribute: string,
  languages: readonly string[],
): PerspectiveRefusal {
  return new PerspectiveRefusal(
    'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE',
    `Attribute ${attribute} does not support request languages: ${languages.join(', ')}`,
    { languageNotSupportedByAttributeError: { attribute, requestedLanguages: languages } },
  );
}
