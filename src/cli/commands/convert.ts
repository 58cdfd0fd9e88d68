// polytag convert: a Google checkpoint to a Hugging Face folder.
import { refuseUsage, runCommand } from '../command-run.js';
import { loadingOptions } from '../model-loading.js';
import { formatCount } from '../terminal/quantities.js';
import { type NewCommand, unwrap } from '../typed-commander.js';

const description = `Write a checkpoint in Google's layout (bert_config.json, vocab.txt, bert_model.ckpt.*; a folder or a
.zip) as a Hugging Face folder with safetensors, which every current library opens. Weights keep their values.`;

const examples = `
Examples:
  $ polytag convert uncased_L-12_H-768_A-12/ --out bert-base-uncased
  $ polytag convert my-checkpoint.zip --out my-bert --cased`;

/** Declares the command. */
export function defineConvert(command: NewCommand<[string]>): void {
  command
    .description(unwrap(description))
    .requiredOption('-o, --out <folder>', 'folder to write')
    .option(
      '--cased',
      "texts keep upper case and accents (default: told by the folder's name, or the vocabulary)",
    )
    .option('--uncased', 'texts are lower-cased and lose accents (default: as above)')
    .option('--overwrite', 'replace the folder at --out once the new one is complete')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (checkpoint, flags, called) => {
      if (flags.cased === true && flags.uncased === true) {
        refuseUsage(called, '--cased and --uncased exclude each other');
      }
      const lowerCase = flags.uncased ?? (flags.cased === true ? false : undefined);
      await runCommand(called, async (context) => {
        const weights = await import('../../weights/index.js');
        const source = await weights.resolveReference(checkpoint, loadingOptions(context));
        const written = await weights.convertToHuggingFaceFolder(source, flags.out, {
          ...(lowerCase !== undefined && { lowerCase }),
          overwrite: flags.overwrite === true,
        });
        const casing = written.lowerCase ? 'uncased' : 'cased';
        const tensors = formatCount(written.tensors);
        context.progress.finish(`wrote ${flags.out} (${tensors} tensors, ${casing})`);
      });
    });
}
