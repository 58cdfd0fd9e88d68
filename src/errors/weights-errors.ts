// Errors in checkpoints, safetensors files and references to models.
import { entry } from './entry.js';

export const weightsErrors = {
  REFERENCE_UNKNOWN: entry<{ reference: string; tried: string; suggestion: string }>(
    'A model reference names neither a bundled model, nor a folder or .zip file, nor a hub id.',
    'Give a bundled name (all-MiniLM-L6-v2), the path of a folder or .zip, or a hub id such as owner/name.',
    ({ reference, tried, suggestion }) =>
      `cannot find the model "${reference}"${suggestion}: ${tried}`,
  ),
  HUB_ENDPOINT_INVALID: entry<{ endpoint: string }>(
    'HF_ENDPOINT is not the address of a hub.',
    'Set HF_ENDPOINT to an address such as https://huggingface.co, or unset it.',
    ({ endpoint }) =>
      `HF_ENDPOINT is "${endpoint}"; expected an http or https address without a user name`,
  ),
  HUB_UNREACHABLE: entry<{ address: string; reason: string }>(
    'The hub did not answer, or kept failing, and the cache does not hold the whole model.',
    'Check the network and HF_ENDPOINT, then run the command again: what has arrived is kept. Proxies, and ways without a network: docs/encoders.md.',
    ({ address, reason }) => `cannot get ${address}: ${reason}`,
  ),
  HUB_UNAUTHORIZED: entry<{ repository: string; tokenSent: boolean }>(
    'The hub answered 401: it wants a valid login. For a repository that does not exist it says the same.',
    'Check the spelling; for a private or gated model set HF_TOKEN to a token that may read it. A wrong HF_TOKEN is refused even where none is needed: unset it.',
    ({ repository, tokenSent }) =>
      tokenSent
        ? `the hub refused the token that was sent for ${repository}: it is not valid`
        : `the hub shows ${repository} to nobody without a token: it is private, or does not exist`,
  ),
  HUB_GATED: entry<{ repository: string; page: string; tokenSent: boolean }>(
    'A gated model: its owner wants its terms accepted before anybody downloads it.',
    'Open the page in a browser, accept the terms, and set HF_TOKEN to a token of the same account.',
    ({ repository, page, tokenSent }) =>
      `${repository} is gated: its terms must be accepted at ${page} ${tokenSent ? 'by the account whose token was sent' : 'and a token be sent'}`,
  ),
  HUB_FORBIDDEN: entry<{ repository: string; tokenSent: boolean }>(
    'The hub answered 403: it knows who asks, and does not let them read this model.',
    'Use a token with read access to this repository; a fine-grained token must list it.',
    ({ repository, tokenSent }) =>
      tokenSent
        ? `the token that was sent may not read ${repository}`
        : `the hub does not let anybody read ${repository} without a token`,
  ),
  HUB_REPOSITORY_MISSING: entry<{ repository: string; endpoint: string }>(
    'The hub has no model of this name.',
    'Check the spelling of owner/name. A private model is shown only to a token that may read it: set HF_TOKEN.',
    ({ repository, endpoint }) => `there is no model ${repository} at ${endpoint}`,
  ),
  HUB_REVISION_MISSING: entry<{ repository: string; revision: string }>(
    'The model exists, but has no such branch, tag or commit.',
    'Name one of the branches or tags on its page, a whole commit hash, or no revision for "main".',
    ({ repository, revision }) => `${repository} has no revision "${revision}"`,
  ),
  HUB_FILE_MISSING: entry<{ repository: string; file: string }>(
    'The hub lists a file, or the model needs one, but does not have it.',
    'Try again later or at another revision; tell the owner of the model.',
    ({ repository, file }) => `${repository} has no file ${file} on the hub`,
  ),
  HUB_ANSWER_INVALID: entry<{ address: string; reason: string }>(
    'What answered is not a hub, or sent something that cannot be used safely.',
    'Check HF_ENDPOINT, and whether a proxy or a login page stands between this machine and the hub.',
    ({ address, reason }) => `the answer of ${address} cannot be used: ${reason}`,
  ),
  HUB_FILE_CORRUPT: entry<{ repository: string; file: string; reason: string }>(
    'A file arrived from the hub with other bytes than the hub promised; it was deleted.',
    'Run the command again. If it stays so, something between this machine and the hub changes the bytes.',
    ({ repository, file, reason }) => `${file} of ${repository} arrived damaged: ${reason}`,
  ),
  HUB_CACHE_INCOMPLETE: entry<{
    repository: string;
    file: string;
    folder: string;
    because: string;
  }>(
    'The hub may not be asked, and the cache does not hold the whole model.',
    'Run once with HF_HUB_OFFLINE unset and the hub in reach, or copy the model into a folder and name that.',
    ({ repository, file, folder, because }) =>
      `${because}, and the cache ${folder} has no ${file} of ${repository}`,
  ),
  HUB_NO_ENCODER: entry<{ repository: string; missing: string; found: string }>(
    'A repository on the hub holds no model in a layout that polytag reads.',
    'Choose a BERT or DistilBERT model with safetensors weights (many have them at @refs/pr/1), or a checkpoint in the layout of Google.',
    ({ repository, missing, found }) =>
      `${repository} has no ${missing} that polytag can read (it holds ${found})`,
  ),
  MODEL_FILE_UNREADABLE: entry<{ file: string; reason: string }>(
    'A file of a model cannot be read.',
    'Check the path and its permissions; if the file is damaged or cut short, fetch it again.',
    ({ file, reason }) => `cannot read ${file}: ${reason}`,
  ),
  MODEL_JSON_INVALID: entry<{ file: string; problem: string }>(
    'A JSON file of a model is damaged or no plain data.',
    'Fetch the file again from its source; JSON has no comments, trailing commas, NaN or repeated keys.',
    ({ file, problem }) => `${file} ${problem}`,
  ),
  TENSOR_MISSING: entry<{ file: string; tensor: string }>(
    'A tensor was asked for that the file does not hold.',
    'Ask for one of the names that the source lists.',
    ({ file, tensor }) => `${file} holds no tensor ${tensor}`,
  ),
  SAFETENSORS_HEADER_INVALID: entry<{ file: string; problem: string }>(
    'The header of a safetensors file breaks the rules of the format: the file is damaged, hostile, or something else under this name.',
    'Fetch or write the file again. A file of a few hundred bytes is often a Git LFS pointer: fetch the real one with `git lfs pull`.',
    ({ file, problem }) => `${file} is not a valid safetensors file: ${problem}`,
  ),
  SAFETENSORS_TENSOR_INVALID: entry<{ file: string; tensor: string; problem: string }>(
    'A safetensors header places a tensor where it cannot be.',
    'Fetch or write the file again.',
    ({ file, tensor, problem }) => `${file}: tensor ${tensor} is misplaced: ${problem}`,
  ),
  SAFETENSORS_TYPE_UNSUPPORTED: entry<{ file: string; tensor: string; type: string }>(
    'A safetensors file holds an element type that polytag does not compute with (8-bit floats, complex numbers).',
    'Convert the weights to F32, F16 or BF16 where they come from, or use an unquantized version of the model.',
    ({ file, tensor, type }) =>
      `${file}: tensor ${tensor} has the type ${type}; F64, F32, F16, BF16, integers and BOOL are read`,
  ),
  SAFETENSORS_SIZE_WRONG: entry<{ file: string; size: number; expected: number }>(
    'A safetensors file is shorter or longer than its header says, often after a broken download or copy.',
    'Fetch or copy the file again.',
    ({ file, size, expected }) => `${file} has ${size} bytes, but its header describes ${expected}`,
  ),
  SAFETENSORS_INDEX_INVALID: entry<{ file: string; problem: string }>(
    'The index of a sharded safetensors model is unusable.',
    'Fetch the index and all shards again, at the same revision.',
    ({ file, problem }) => `the index ${file} cannot be used: ${problem}`,
  ),
  CHECKPOINT_INDEX_INVALID: entry<{ file: string; problem: string }>(
    'The .index file of a TensorFlow checkpoint is damaged, or something else under this name.',
    'Copy the checkpoint again from its source; .index and .data files belong together.',
    ({ file, problem }) => `${file} is not a valid checkpoint index: ${problem}`,
  ),
  CHECKPOINT_CHECKSUM_WRONG: entry<{ file: string; part: string }>(
    'Bytes of a TensorFlow checkpoint differ from those that were written: the file is damaged.',
    'Copy the checkpoint again from its source.',
    ({ file, part }) => `${file} is damaged: ${part} does not match its checksum`,
  ),
  CHECKPOINT_TENSOR_INVALID: entry<{ file: string; tensor: string; problem: string }>(
    'A TensorFlow checkpoint describes a tensor that cannot be in its data.',
    'Copy the checkpoint again from its source; .index and .data files belong together.',
    ({ file, tensor, problem }) => `${file}: tensor ${tensor} cannot be read: ${problem}`,
  ),
  CHECKPOINT_UNSUPPORTED: entry<{ file: string; feature: string }>(
    'A TensorFlow checkpoint uses a feature that polytag does not read.',
    "Save the variables anew as TensorFlow 1 does: little-endian, unpartitioned, by tf.train.Saver, under Google's BERT names.",
    ({ file, feature }) => `${file} ${feature}, which polytag does not read`,
  ),
  ZIP_INVALID: entry<{ file: string; problem: string }>(
    'An archive is damaged, not a .zip, or packed in a way that polytag does not unpack.',
    'Fetch the archive again, or unpack it yourself and name the folder.',
    ({ file, problem }) => `cannot unpack ${file}: ${problem}`,
  ),
  ZIP_ENTRY_REFUSED: entry<{ file: string; entry: string; problem: string }>(
    'An archive holds an entry that no honest model archive needs.',
    'Do not use this archive if you cannot say where it comes from; otherwise unpack it yourself and name the folder.',
    ({ file, entry, problem }) => `${file} is refused: its entry ${entry} ${problem}`,
  ),
  MODEL_FOLDER_UNRECOGNISED: entry<{ folder: string; problem: string }>(
    'A folder holds no model in a layout that polytag knows.',
    'Name a folder with config.json and model.safetensors (Hugging Face), or with bert_config.json, vocab.txt and bert_model.ckpt.* (Google).',
    ({ folder, problem }) => `${folder} is no model folder: ${problem}`,
  ),
  MODEL_FILE_MISSING: entry<{ folder: string; file: string; purpose: string }>(
    'A model folder lacks a file.',
    'Copy or fetch the whole model folder again.',
    ({ folder, file, purpose }) => `${folder} has no ${file} (${purpose})`,
  ),
  MODEL_PICKLE_ONLY: entry<{ folder: string; file: string }>(
    'The weights of a model are there only as a pickle, a format that runs code when it is read; polytag never opens it.',
    "In Python: AutoModel.from_pretrained(FOLDER).save_pretrained(FOLDER, safe_serialization=True); or take the model's safetensors version, which the hub often has at the revision refs/pr/1.",
    ({ folder, file }) =>
      `${folder} has weights only as a pickle (${file}); expected model.safetensors`,
  ),
  CLASSIFIER_HEAD_MISSING: entry<{ folder: string; problem: string }>(
    'The output of a classifier was asked of a model that was saved without one, or with one that works on other features than the pooled output.',
    "Name a model that was fine-tuned to classify (its folder has classifier.weight, or its checkpoint output_weights), by tunedFolder if its checkpoint lies apart; or choose a pooling such as mean. For a model of polytag's own: polytag predict, polytag serve.",
    ({ folder, problem }) => `${folder} has no classifier that can be used: ${problem}`,
  ),
  MODEL_CHECKPOINT_AMBIGUOUS: entry<{ folder: string; candidates: string }>(
    'A folder holds several checkpoints, none has the usual name, and no file "checkpoint" says which is the latest.',
    'Name the one you mean by checkpointName (-ckpt_name), keep one of them in the folder, or rename its files to bert_model.ckpt.*.',
    ({ folder, candidates }) => `${folder} holds several checkpoints: ${candidates}`,
  ),
  MODEL_CONFIG_INVALID: entry<{ file: string; problem: string }>(
    'The configuration of a model lacks a number that its weights are checked with, or holds an impossible one.',
    'Fetch the configuration again; it must belong to the weights beside it.',
    ({ file, problem }) => `${file} cannot be used: ${problem}`,
  ),
  MODEL_TYPE_UNSUPPORTED: entry<{ file: string; type: string }>(
    'A model is neither a BERT nor a DistilBERT.',
    'Use an encoder whose config.json says model_type "bert" or "distilbert".',
    ({ file, type }) => `${file} says model_type ${type}; polytag reads "bert" and "distilbert"`,
  ),
  MODEL_TENSORS_MISSING: entry<{ folder: string; tensors: string }>(
    'The weights of a model lack tensors that its configuration asks for.',
    'Check that configuration and weights belong to the same BERT; fetch both again.',
    ({ folder, tensors }) => `the weights in ${folder} lack ${tensors}`,
  ),
  MODEL_TENSOR_INVALID: entry<{ folder: string; tensor: string; problem: string }>(
    'A tensor of a model does not fit the configuration, or is there under two names.',
    'Check that configuration and weights belong to the same BERT; fetch both again.',
    ({ folder, tensor, problem }) => `the weights in ${folder} do not fit: ${tensor} ${problem}`,
  ),
  MODEL_VOCABULARY_INVALID: entry<{ file: string; problem: string }>(
    'The vocabulary of a model is damaged or does not fit the word embeddings.',
    'Use the vocabulary that the model was trained with; fetch it again from the same place.',
    ({ file, problem }) => `the vocabulary ${file} cannot be used: ${problem}`,
  ),
  CONVERSION_NEEDLESS: entry<{ folder: string }>(
    'A folder that should be converted is already in the layout of Hugging Face.',
    'Use the folder as it is.',
    ({ folder }) => `${folder} is a Hugging Face folder already`,
  ),
};
