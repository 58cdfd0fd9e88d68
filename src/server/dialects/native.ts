// polytag's own interface: everything that a classifier can say, and what its operators may change.
import type { Dialect, DialectOptions, DialectRoute } from './dialect.js';
import { bodyRefusals, refusals, refuseNatively, unknownModel } from './native/answers.js';
import {
  answerClassifier,
  answerClassifiers,
  answerFile,
  answerReload,
  answerThresholds,
} from './native/classifiers.js';
import {
  classifierAnswer,
  classifiersAnswer,
  embedAnswer,
  embedBody,
  explainAnswer,
  explainBody,
  reloadAnswer,
  scoreAnswer,
  scoreBody,
  thresholdsAnswer,
  thresholdsBody,
  validationAnswer,
} from './native/schemas.js';
import { answerExplain, answerScore } from './native/scores.js';
import { answerValidation } from './native/validation.js';
import { answerEmbed } from './native/vectors.js';

const textRoutes: readonly DialectRoute[] = [
  {
    method: 'post',
    path: '/v1/score',
    summary: 'Texts in; scores and decisions by label out.',
    body: { 'application/json': scoreBody },
    answers: { 200: { description: 'The scores.', schema: scoreAnswer }, ...bodyRefusals },
    answer: answerScore,
  },
  {
    method: 'post',
    path: '/v1/explain',
    summary: 'What each word and sentence of a text speaks for.',
    body: { 'application/json': explainBody },
    answers: { 200: { description: 'The explanation.', schema: explainAnswer }, ...bodyRefusals },
    answer: answerExplain,
  },
  {
    method: 'post',
    path: '/v1/embed',
    summary: 'Texts in, vectors out.',
    body: { 'application/json': embedBody },
    answers: { 200: { description: 'The vectors.', schema: embedAnswer }, ...bodyRefusals },
    answer: answerEmbed,
  },
];

const folderRoutes: readonly DialectRoute[] = [
  {
    method: 'get',
    path: '/v1/classifiers',
    summary: 'The classifiers that are served.',
    answers: { 200: { description: 'All.', schema: classifiersAnswer }, ...refusals },
    answer: answerClassifiers,
  },
  {
    method: 'get',
    path: '/v1/classifiers/{name}',
    summary: 'One classifier.',
    answers: { 200: { description: 'It.', schema: classifierAnswer }, ...unknownModel },
    answer: answerClassifier,
  },
  {
    method: 'get',
    path: '/v1/classifiers/{name}/card',
    summary: 'The model card.',
    answers: {
      200: { description: 'Markdown.', mediaType: 'text/markdown' },
      ...unknownModel,
    },
    answer: (request, service) => answerFile(request, service, 'card'),
  },
  {
    method: 'get',
    path: '/v1/classifiers/{name}/curves',
    summary: 'The learning curves.',
    answers: { 200: { description: 'An image.', mediaType: 'image/svg+xml' }, ...unknownModel },
    answer: (request, service) => answerFile(request, service, 'curves'),
  },
  {
    method: 'get',
    path: '/v1/classifiers/{name}/validation',
    summary: 'What the model scored on its validation rows, a list for each label.',
    answers: {
      200: { description: 'Targets and scores.', schema: validationAnswer },
      ...unknownModel,
    },
    answer: answerValidation,
  },
];

function adminRoutes(options: DialectOptions): readonly DialectRoute[] {
  return [
    {
      method: 'put',
      path: '/v1/classifiers/{name}/thresholds',
      access: 'admin',
      summary: 'Changes thresholds; says what that does to recent traffic.',
      body: { 'application/json': thresholdsBody },
      answers: { 200: { description: 'Changed.', schema: thresholdsAnswer }, ...bodyRefusals },
      answer: (request, service) => answerThresholds(request, service, options),
    },
    {
      method: 'post',
      path: '/v1/classifiers/{name}/reload',
      access: 'admin',
      summary: 'Loads a model anew from its folder.',
      answers: {
        200: { description: 'It is served now.', schema: reloadAnswer },
        400: bodyRefusals[400],
        ...unknownModel,
      },
      answer: answerReload,
    },
  ];
}

export function createNative(options: DialectOptions): Dialect {
  return {
    name: 'native',
    title: 'polytag',
    routes: [...textRoutes, ...folderRoutes, ...adminRoutes(options)],
    example: `curl {origin}/v1/score -H 'Content-Type: application/json' -d '{"text": "You are an idiot."}'`,
    refuse: refuseNatively,
  };
}
