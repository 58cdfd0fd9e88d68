// Turns the hub's refusals (401, 403, 404 and the like) into sentences that say what to do.
import { type PolytagError, polytagError } from '../../errors/index.js';
import type { HubReference } from './hub-reference.js';
import type { HubAnswer, HubClient } from './request.js';

/**
 * The error for an answer with status 400 or more that asking again would not change.
 * `X-Error-Code` tells cases apart that share a status (huggingface_hub, `utils/_http.py`).
 */
export function refusal(
  client: HubClient,
  answer: HubAnswer,
  about: HubReference & { readonly file?: string },
): PolytagError {
  const { repository, revision, file } = about;
  const tokenSent = client.token !== undefined;
  const code = answer.headers.get('x-error-code');
  const message = answer.headers.get('x-error-message') ?? '';
  if (code === 'GatedRepo' || /\b(?:gated|restricted)\b/i.test(message)) {
    return polytagError('HUB_GATED', {
      repository,
      page: `${client.endpoint}/${repository}`,
      tokenSent,
    });
  }
  if (code === 'RevisionNotFound') {
    return polytagError('HUB_REVISION_MISSING', { repository, revision });
  }
  if (
    file !== undefined &&
    (code === 'EntryNotFound' || (answer.status === 404 && code === null))
  ) {
    return polytagError('HUB_FILE_MISSING', { repository, file });
  }
  switch (answer.status) {
    case 401:
      return polytagError('HUB_UNAUTHORIZED', { repository, tokenSent });
    case 403:
      return polytagError('HUB_FORBIDDEN', { repository, tokenSent });
    case 404:
      return polytagError('HUB_REPOSITORY_MISSING', { repository, endpoint: client.endpoint });
    default:
      return polytagError('HUB_ANSWER_INVALID', {
        address: answer.url,
        reason: `HTTP ${answer.status}`,
      });
  }
}
