// The discovery document of the Perspective API, from which Google's clients make their methods; its URLs are ours.

type Members = Readonly<Record<string, unknown>>;

const string = { type: 'string' };
const boolean = { type: 'boolean' };
const strings = { type: 'array', items: string };

function reference(name: string): Members {
  return { $ref: name };
}

function listOf(name: string): Members {
  return { type: 'array', items: reference(name) };
}

function mapOf(name: string): Members {
  return { type: 'object', additionalProperties: reference(name) };
}

const scoreType = {
  type: 'string',
  enum: ['SCORE_TYPE_UNSPECIFIED', 'PROBABILITY'],
  enumDescriptions: ['PROBABILITY.', 'From 0 to 1: how sure the model is of the attribute.'],
};
const offset = { type: 'integer', format: 'int32' };

const common: Members = {
  comment: reference('TextEntry'),
  context: { ...reference('Context'), description: 'Accepted, and not used.' },
  languages: {
    ...strings,
    description: 'BCP-47 tags of the languages of the comment. The model has to speak all of them.',
  },
  doNotStore: { ...boolean, description: 'Keep nothing of this request.' },
  clientToken: { ...string, description: 'Comes back as it was sent.' },
  sessionId: string,
  communityId: string,
};

const properties: Readonly<Record<string, Members>> = {
  AnalyzeCommentRequest: {
    ...common,
    requestedAttributes: mapOf('AttributeParameters'),
    spanAnnotations: { ...boolean, description: 'Score each sentence, too.' },
    dropUnsupportedAttributes: {
      ...boolean,
      description: 'Leave attributes out that cannot be scored, instead of refusing the request.',
    },
  },
  AnalyzeCommentResponse: {
    attributeScores: mapOf('AttributeScores'),
    languages: strings,
    detectedLanguages: {
      ...strings,
      description: 'Languages are not detected: always `und`, undetermined.',
    },
    clientToken: string,
    polytag: reference('ModelNote'),
  },
  SuggestCommentScoreRequest: { ...common, attributeScores: mapOf('AttributeScores') },
  SuggestCommentScoreResponse: { clientToken: string, requestedLanguages: strings },
  AttributeParameters: {
    scoreType,
    scoreThreshold: { type: 'number', format: 'float', description: 'Lower scores are left out.' },
  },
  AttributeScores: { spanScores: listOf('SpanScore'), summaryScore: reference('Score') },
  SpanScore: {
    begin: { ...offset, description: 'UTF-16 offset into the comment.' },
    end: { ...offset, description: 'UTF-16 offset into the comment, exclusive.' },
    score: reference('Score'),
  },
  Score: { type: scoreType, value: { type: 'number', format: 'float' } },
  TextEntry: {
    text: { ...string, description: 'At most 20,480 bytes of UTF-8.' },
    type: {
      ...string,
      enum: ['TEXT_TYPE_UNSPECIFIED', 'PLAIN_TEXT', 'HTML'],
      enumDescriptions: ['Plain text.', 'Plain text.', 'Refused.'],
    },
  },
  Context: {
    entries: listOf('TextEntry'),
    articleAndParentComment: reference('ArticleAndParentComment'),
  },
  ArticleAndParentComment: {
    article: reference('TextEntry'),
    parentComment: reference('TextEntry'),
  },
  ModelNote: {
    model: { ...string, description: 'The model that answered.' },
    version: { ...string, description: 'Changes with any byte of the model.' },
    tokens: offset,
    truncated: { ...offset, description: 'Tokens that were left out.' },
    windows: { ...offset, description: 'More than 1 where a long comment was read in parts.' },
  },
};

function describeMethod(name: string, request: string, description: string): Members {
  const path = `v1alpha1/comments:${name}`;
  return {
    id: `commentanalyzer.comments.${name}`,
    path,
    flatPath: path,
    httpMethod: 'POST',
    description,
    parameters: {},
    parameterOrder: [],
    request: reference(`${request}Request`),
    response: reference(`${request}Response`),
  };
}

function queryParameter(description: string): Members {
  return { type: 'string', location: 'query', description };
}

const methods = {
  analyze: describeMethod('analyze', 'AnalyzeComment', 'Scores a comment.'),
  suggestscore: describeMethod(
    'suggestscore',
    'SuggestCommentScore',
    'Keeps what a comment should have scored, as training data.',
  ),
};

/**
 * The document (Google API discovery, version 1).
 * @param origin `http://host:port`, as the client addressed us
 */
export function discoveryDocument(origin: string): Members {
  return {
    kind: 'discovery#restDescription',
    discoveryVersion: 'v1',
    id: 'commentanalyzer:v1alpha1',
    name: 'commentanalyzer',
    canonicalName: 'Comment Analyzer',
    version: 'v1alpha1',
    revision: '20200426',
    title: 'Perspective Comment Analyzer API, served by polytag',
    description: 'Scores comments by the attributes of the Perspective API.',
    protocol: 'rest',
    rootUrl: `${origin}/`,
    baseUrl: `${origin}/`,
    basePath: '',
    servicePath: '',
    batchPath: 'batch',
    parameters: {
      key: queryParameter('API key, where the service asks for one.'),
      alt: { ...queryParameter('Format of the answer.'), enum: ['json'], default: 'json' },
      fields: queryParameter('Accepted, and not used: answers are whole.'),
      prettyPrint: { ...queryParameter('Accepted, and not used.'), type: 'boolean' },
      quotaUser: queryParameter('Accepted, and not used.'),
    },
    schemas: Object.fromEntries(
      Object.entries(properties).map(([id, members]) => [
        id,
        { id, type: 'object', properties: members },
      ]),
    ),
    resources: { comments: { methods } },
  };
}
