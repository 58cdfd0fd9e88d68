// What a fine-tuned classifier says of a text, as bert-as-service's strategies CLASSIFICATION and REGRESSION gave it.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../errors/index.js';
import { gemm, relu, sigmoid, softmax, type Value } from '../graph/index.js';
import type { ModelFolder } from '../weights/index.js';
import type { BertConfig } from './config.js';
import {
  type ClassifierOutput,
  classifierOutputs,
  type ResolvedFeatures,
  resolveFeatures,
} from './pooling.js';

/** A classifier's output, checked against a model. */
export interface ResolvedClassifier {
  readonly activation: 'softmax' | 'sigmoid';
  readonly labels: number;
}

/** Whether a pooling is an output of a classifier. */
export function isClassifierOutput(pooling: string): pooling is ClassifierOutput {
  return classifierOutputs.some((output) => output === pooling);
}

/** What the classifier is applied to: BERT's pooler, or DistilBERT's first token. */
export function featuresOfClassifier(config: BertConfig): ResolvedFeatures {
  const feature = {
    pooling: config.modelType === 'bert' ? 'pooler' : 'first',
    layers: [-1],
  } as const;
  return resolveFeatures(config, [feature]);
}

/**
 * Finds the classifier of a model.
 * @throws PolytagError CLASSIFIER_HEAD_MISSING; OPTION_INVALID where the output does not fit the number of units
 */
export async function resolveClassifier(
  output: ClassifierOutput,
  { weightsFolder: folder, config, tensors }: ModelFolder,
): Promise<ResolvedClassifier> {
  const names = tensors.names();
  if (await isTrainedByPolytag(folder)) {
    const problem = 'its classifier works on features that polytag chose when it trained it';
    throw polytagError('CLASSIFIER_HEAD_MISSING', { folder, problem });
  }
  // A DistilBERT has no token types, and a layer before its classifier.
  const isDistil = !names.includes('embeddings.token_type_embeddings.weight');
  const needed = ['classifier.weight', ...(isDistil ? ['pre_classifier.weight'] : [])];
  const missing = needed.find((name) => !names.includes(name));
  if (missing !== undefined) {
    const problem = `it has no ${missing} (output_weights in a checkpoint of Google's)`;
    throw polytagError('CLASSIFIER_HEAD_MISSING', { folder, problem });
  }
  const [labels] = tensors.info('classifier.bias').shape;
  const isMultiLabel = config.problem_type === 'multi_label_classification';
  if (output === 'regression' || isMultiLabel) {
    if (output === 'regression' && labels !== 1) {
      throw unfit(output, `a classifier of one unit; that of ${folder} has ${labels}`);
    }
    return { activation: 'sigmoid', labels };
  }
  if (labels === 1) {
    throw unfit(output, `"regression" for ${folder}: the softmax of its only unit is always 1`);
  }
  return { activation: 'softmax', labels };
}

/** The classifier of polytag's own model folders stands under the same names, over other features. */
async function isTrainedByPolytag(folder: string): Promise<boolean> {
  return access(join(folder, 'polytag.json')).then(
    () => true,
    () => false,
  );
}

function unfit(value: string, expected: string): Error {
  return polytagError('OPTION_INVALID', { option: 'pooling', value, expected });
}

/**
 * @param pooled what `featuresOfClassifier` gives, [batch, hidden]
 * @param weight the weight of a name: `classifier.*`, and for a DistilBERT `pre_classifier.*`
 * @returns [batch, labels]
 */
export function buildClassifier(
  { activation }: ResolvedClassifier,
  config: BertConfig,
  pooled: Value,
  weight: (name: string) => Value,
): Value {
  const dense = (name: string, inputs: Value): Value =>
    gemm(inputs, weight(`${name}.weight`), weight(`${name}.bias`), { transposeRight: true });
  const inputs = config.modelType === 'bert' ? pooled : relu(dense('pre_classifier', pooled));
  const logits = dense('classifier', inputs);
  return activation === 'softmax' ? softmax(logits) : sigmoid(logits);
}
