// polytag explain: what the scores of a text rest on, word by word and sentence by sentence.
import type { ExplanationMethod } from '../../classifier/index.js';
import { writeFileAtomically } from '../../data/index.js';
import {
  type CommandContext,
  printData,
  printJson,
  refuseUsage,
  runCommand,
} from '../command-run.js';
import { explanationPage } from '../explanation-page.js';
import { loadingOptions, serviceOption } from '../model-loading.js';
import { parseNames, wholeNumber } from '../option-parsers.js';
import { formatExplanation } from '../terminal/explanation.js';
import { type NewCommand, Option, unwrap } from '../typed-commander.js';

const description = `Say what the scores of a text rest on: what each word adds to a label (in log-odds; below 0 it speaks
against), and what each sentence would score alone.`;

const examples = `
Examples:
  $ polytag explain my-model --text "Thank you, you fool."
  $ polytag explain my-model --text "Thank you, you fool." --label toxic,insult --top 5
  $ polytag explain my-model --text "Thank you, you fool." --html explanation.html`;

const method = new Option(
  '--method <name>',
  'gradient (integrated gradients), or occlusion (the text again without each word) (default: occlusion up to 64 words, or if the encoder is a service; else gradient)',
).choices(['gradient', 'occlusion'] as const);

interface ExplainFlags {
  readonly text?: string | undefined;
  readonly label?: string[] | undefined;
  readonly method?: ExplanationMethod | undefined;
  readonly top: number;
  readonly html?: string | undefined;
  readonly encoder?: string | undefined;
  readonly json?: true | undefined;
}

/** Declares the command. */
export function defineExplain(command: NewCommand<[string]>): void {
  command
    .description(unwrap(description))
    .option('--text <text>', 'the text')
    .option(
      '--label <names>',
      'labels to explain, with commas between (default: those predicted, or the highest)',
      parseNames,
    )
    .addOption(method)
    .option('--top <number>', 'words to list for each label', wholeNumber(0), 10)
    .option('--html <file>', 'also write an HTML page')
    .option('--encoder <address>', serviceOption)
    .option('--json', 'print JSON; offsets are in UTF-16 units')
    .option('-q, --quiet', 'no progress, no warnings')
    .addHelpText('after', examples)
    .action(async (model, flags, called) => {
      const { text } = flags;
      if (text === undefined) refuseUsage(called, 'there is nothing to explain; give --text');
      await runCommand(called, (context) => explain(model, text, flags, context));
    });
}

async function explain(
  model: string,
  text: string,
  { label: labels, method: by, top, html, encoder, json }: ExplainFlags,
  context: CommandContext,
): Promise<void> {
  const { MultiLabelClassifier } = await import('../../classifier/index.js');
  const { signal, progress } = context;
  const options = { ...loadingOptions(context), encoder, workers: 1 };
  const classifier = await MultiLabelClassifier.load(model, options);
  try {
    const explanation = await classifier.explain(text, { labels, method: by, signal });
    if (explanation.truncated > 0) {
      progress.say(`warning: the text was cut; ${explanation.truncated} tokens were not read`);
    }
    if (html !== undefined) await writeFileAtomically(html, explanationPage(text, explanation));
    if (json === true) printJson(explanation);
    else printData(formatExplanation(text, explanation, { top, stream: process.stdout }));
  } finally {
    await classifier.close();
  }
}
