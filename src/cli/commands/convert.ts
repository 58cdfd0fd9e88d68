// polytag convert: a Google checkpoint to a Hugging Face folder.
import type { Command } from 'commander';
import { printData, runCommand } from '../command-run.js';

interface ConvertFlags {
  readonly out: string;
  readonly cased?: boolean;
  readonly uncased?: boolean;
  readonly overwrite?: boolean;
  readonly quiet?: boolean;
}

const examples = `
Examples:
  $ polytag convert uncased_L-12_H-768_A-12/ --out bert-base-uncased
  $ polytag convert cased_L-12_H-768_A-12.zip --out bert-base-cased --cased`;

/** Adds the command to the program. */
export function addConvertCommand(program: Command): Command {
  const command = program
    .command('convert <checkpoint>')
    .description(
      "Write Google's TensorFlow checkpoint (a folder or .zip) as a Hugging Face folder with safetensors.",
    )
    .requiredOption('-o, --out <folder>', 'the folder to write')
    .option(
      '--cased',
      'the vocabulary tells upper case from lower (default: told by name or vocabulary)',
    )
    .option('--uncased', 'texts are lower-cased')
    .option('--overwrite', 'replace the folder that is at --out, once the new one is complete')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples);
  return command.action(async (checkpoint: string, flags: ConvertFlags) => {
    if (flags.cased === true && flags.uncased === true) {
      command.error('error: --cased and --uncased exclude each other');
    }
    await runCommand(
      async ({ signal }) => {
        const { convertToHuggingFaceFolder, resolveReference } = await import(
          '../../weights/index.js'
        );
        const source = await resolveReference(checkpoint, { signal });
        const isCaseKnown = flags.cased === true || flags.uncased === true;
        const { lowerCase, tensors } = await convertToHuggingFaceFolder(source, flags.out, {
          ...(isCaseKnown ? { lowerCase: flags.uncased === true } : {}),
          overwrite: flags.overwrite === true,
        });
        printData(`wrote ${flags.out}: ${tensors} tensors, ${lowerCase ? 'uncased' : 'cased'}`);
      },
      { quiet: flags.quiet },
    );
  });
}
