// A checkpoint of BERT-base's size with random weights, in Google's layout, for measuring what nobody may download:
// 12 layers of width 768, a vocabulary of 30,522 (the bundled model's).
//   node bench/bert-base-checkpoint.mjs FOLDER [--raw]     440 MB; --raw writes the weights once more, for other programs
import { copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import typescript from 'typescript';
import { resolveReference } from '../dist/weights/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const config = {
  attention_probs_dropout_prob: 0.1,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  hidden_size: 768,
  initializer_range: 0.02,
  intermediate_size: 3072,
  max_position_embeddings: 512,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  type_vocab_size: 2,
  vocab_size: 30522,
};

/** Writes the checkpoint. @param raw whether weights.f32 and weights.json are written beside it, by Google's names */
export async function writeBertBase(folder, { raw = false } = {}) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'bert_config.json'), JSON.stringify(config, null, 2));
  const vocabulary = join(await resolveReference('all-MiniLM-L6-v2'), 'vocab.txt');
  await copyFile(vocabulary, join(folder, 'vocab.txt'));
  const { writeCheckpoint } = await importTestSupport('weights/support/checkpoint-writer.ts');
  await writeCheckpoint(join(folder, 'bert_model.ckpt'), tensors());
  if (!raw) return;
  const file = await open(join(folder, 'weights.f32'), 'w');
  const names = [];
  for (const [name, { shape, data }] of tensors()) {
    names.push([name, shape]);
    await file.writeFile(new Uint8Array(data.buffer));
  }
  await file.close();
  await writeFile(join(folder, 'weights.json'), JSON.stringify(names));
}

/** All variables, the same in every run. */
function* tensors() {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
  for (const [name, ...shape] of variables()) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    // A uniform number of the deviation that BERT is initialised with; layer norms scale by about 1.
    const centre = name.endsWith('gamma') ? 1 : 0;
    for (let at = 0; at < data.length; at++) data[at] = centre + 0.035 * next();
    yield [name, { type: 'float32', shape, data }];
  }
}

function* variables() {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const norm = (name) => [
    [`${name}/LayerNorm/beta`, hidden],
    [`${name}/LayerNorm/gamma`, hidden],
  ];
  const dense = (name, inputs, outputs) => [
    [`${name}/bias`, outputs],
    [`${name}/kernel`, inputs, outputs],
  ];
  yield ['bert/embeddings/word_embeddings', config.vocab_size, hidden];
  yield ['bert/embeddings/position_embeddings', config.max_position_embeddings, hidden];
  yield ['bert/embeddings/token_type_embeddings', config.type_vocab_size, hidden];
  yield* norm('bert/embeddings');
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `bert/encoder/layer_${layer}`;
    for (const part of ['query', 'key', 'value']) {
      yield* dense(`${at}/attention/self/${part}`, hidden, hidden);
    }
    yield* dense(`${at}/attention/output/dense`, hidden, hidden);
    yield* norm(`${at}/attention/output`);
    yield* dense(`${at}/intermediate/dense`, hidden, inner);
    yield* dense(`${at}/output/dense`, inner, hidden);
    yield* norm(`${at}/output`);
  }
  yield* dense('bert/pooler/dense', hidden, hidden);
}

/** The tests' own writer of checkpoints, which is TypeScript, over the compiled sources. */
async function importTestSupport(path) {
  const source = await readFile(join(root, 'tests', path), 'utf8');
  const options = {
    module: typescript.ModuleKind.ESNext,
    target: typescript.ScriptTarget.ES2023,
    verbatimModuleSyntax: true,
  };
  const { outputText } = typescript.transpileModule(source, { compilerOptions: options });
  const sources = pathToFileURL(join(root, 'dist/')).href;
  const code = outputText.replace(/(?:\.\.\/)+src\//g, sources);
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeBertBase(process.argv[2], { raw: process.argv.includes('--raw') });
}
