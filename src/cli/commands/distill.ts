// polytag distill: from a trained model and a table of texts to another model that does as the first.
import { refuseUsage, runCommand } from '../command-run.js';
import { decimal } from '../option-parsers.js';
import { findContradiction } from '../train-contradictions.js';
import { addTrainOptions } from '../train-options.js';
import { type NewCommand, Option, unwrap } from '../typed-commander.js';
import { describeRest, train } from './train.js';

const description = `Train a classifier on what another one, the teacher, says of the texts of a table.

The table needs no labels: the teacher's probabilities are learnt from, and a share of the labels where the table has
them. The student may be another encoder than the teacher's, such as a smaller one, with any --tune. The losses
are normalized and bce: others take no probabilities. An interrupted run goes on with --resume.`;

const examples = `
Examples:
  $ polytag distill large-model texts.csv --encoder all-MiniLM-L6-v2 --out small-model --tune full
  $ polytag distill my-model comments.csv --out student --temperature 2 --hard-share 0.5
  $ polytag distill my-model texts.csv --out student --validation labelled.csv    judged by labels`;

const options = {
  temperature: new Option(
    '--temperature <number>',
    "both models' logits are divided by it, above 0, at most 20 (default: 1)",
  ).argParser(decimal('above 0, at most 20', (value) => value > 0 && value <= 20)),
  hardShare: new Option(
    '--hard-share <share>',
    "share of the table's own labels in what is learnt from, 0 to 1 (default: 0.3)",
  ).argParser(decimal('from 0 to 1', (value) => value >= 0 && value <= 1)),
  teacherEncoder: new Option(
    '--teacher-encoder <addresses>',
    'for a teacher that was trained on a running service: other addresses of it, tcp://HOST:PORT[/PORT_OUT],..',
  ),
};

/** Declares the command. */
export function defineDistill(command: NewCommand<[string, string]>): void {
  addTrainOptions(command.description(unwrap(description)))
    .optionsGroup('Teacher:')
    .addOption(options.temperature)
    .addOption(options.hardShare)
    .addOption(options.teacherEncoder)
    .addHelpText('after', examples)
    .action(async (model, table, flags, called) => {
      const contradiction = findContradiction(table, flags);
      if (contradiction !== undefined) refuseUsage(called, contradiction);
      const { temperature, hardShare, teacherEncoder: encoder } = flags;
      const teacher = { model, temperature, hardShare, encoder };
      await runCommand(called, (context) => train(table, flags, context, teacher), {
        afterInterruption: () => describeRest(flags),
      });
    });
}
