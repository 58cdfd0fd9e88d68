// The parts of a model's README.md that say how it is used, and where its limits are.
import { code } from './model-card-code.js';
import { fileNames, type ModelRecord, recordFormats } from './model-record.js';
import { vectorsName } from './service-files.js';

type CardRecord = Omit<ModelRecord, 'files'>;

/** The section on use. */
export function usageSection(record: CardRecord): string {
  const service = record.encoder.service === undefined ? '' : serviceUsage(record);
  return `## Use
${service}On the command line:
\`\`\`
polytag predict THIS_FOLDER --text "some text"
polytag evaluate THIS_FOLDER TABLE
\`\`\`
In TypeScript or JavaScript:
\`\`\`ts
import { MultiLabelClassifier } from 'polytag';

const classifier = await MultiLabelClassifier.load('THIS_FOLDER');
const [scores] = await classifier.predict(['some text']);
console.log(scores[${JSON.stringify(record.labels[0])}]);
await classifier.close();
\`\`\`
${filesUsage(record)}`;
}

function filesUsage(record: CardRecord): string {
  if (record.encoder.service !== undefined) return headUsage(record);
  return record.format === recordFormats.compact ? compactUsage() : libraryUsage();
}

function compactUsage(): string {
  return `The folder is compact: ${code(fileNames.weights)} holds the encoder's weights in half precision, and what the model is run from
is made of them where it is loaded. It has no ONNX files for transformers.js and others.`;
}

function libraryUsage(): string {
  return `With transformers.js, from the folder that holds this one:
\`\`\`js
import { env, pipeline } from '@huggingface/transformers';

env.localModelPath = '.';
env.allowRemoteModels = false;
const classify = await pipeline('text-classification', 'THIS_FOLDER', { dtype: 'fp32' });
console.log(await classify('some text', { top_k: null }));
\`\`\`
${code(fileNames.model)} takes \`input_ids\`, \`attention_mask\`, \`token_type_ids\` (int64 [batch_size, sequence_length])
to \`logits\` (float32 [batch_size, labels]); scores are their sigmoids.`;
}

function serviceUsage({ encoder }: CardRecord): string {
  return `The folder holds a head, and no encoder: texts are encoded by the service that it was trained on, which must run
(${encoder.reference}). Another one with the same model and flags is named by \`--encoder tcp://HOST:PORT\`. Before
anything is scored, the service is asked whether it still is what it was.

`;
}

function headUsage({ encoder }: CardRecord): string {
  return `${code(fileNames.head)} takes \`${vectorsName}\` (float32 [batch_size, ${encoder.service?.width ?? 0}]), as the service
gives them, to \`logits\` (float32 [batch_size, labels]); scores are their sigmoids. There are no files of Hugging Face's
layout (config.json, tokenizer, model.safetensors, onnx/): they would need the encoder's weights, which the service keeps.`;
}

/** The section on limits. */
export function limitsSection(record: CardRecord): string {
  const { quantization, maxLength } = record;
  const always =
    '## Limits\n- Scores are no calibrated probabilities. Texts unlike the training data get scores too, and may get wrong ones.';
  if (quantization === null) {
    return `${always}\n- The service cuts long texts and does not say which: how many were cut is not known.`;
  }
  const { largestScoreChange, texts } = quantization;
  const changed = `(int8) changed a score by at most ${largestScoreChange.toFixed(4)} on ${texts} sample texts. The thresholds were chosen for float32 scores.`;
  if (record.format === recordFormats.compact) return `${always}\n- Rounded weights ${changed}`;
  return [
    always,
    `- Over ${maxLength} tokens transformers.js cuts a text's end and its \`[SEP]\` off, so its scores differ from polytag's.`,
    `- ${code(fileNames.quantizedModel)} ${changed}`,
    "- Python's transformers refuses the weights, on purpose, unless the head is one layer on the pooler: its " +
      `BertForSequenceClassification has no other head. The ONNX files hold the whole model${record.blend === undefined ? '' : ', but not the blend'}.`,
  ].join('\n');
}
