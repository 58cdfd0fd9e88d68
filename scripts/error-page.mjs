// The text of docs/errors.md, made from the compiled catalogue of errors.
import { clientErrors } from '../dist/errors/client-errors.js';
import { dataErrors } from '../dist/errors/data-errors.js';
import { modelErrors } from '../dist/errors/model-errors.js';
import { runtimeErrors } from '../dist/errors/runtime-errors.js';
import { serviceErrors } from '../dist/errors/service-errors.js';
import { trainingErrors } from '../dist/errors/training-errors.js';
import { usageErrors } from '../dist/errors/usage-errors.js';
import { weightsErrors } from '../dist/errors/weights-errors.js';

const groups = {
  'Options and arguments': usageErrors,
  'Tables, columns, labels, files': dataErrors,
  'References, checkpoints, weights': weightsErrors,
  'Encoders and trained models': modelErrors,
  'Training runs': trainingErrors,
  Services: serviceErrors,
  'Clients of encoder services': clientErrors,
  'ONNX Runtime and worker threads': runtimeErrors,
};

const introduction = `# Errors

What a user can cause and mend ends with one sentence that names the thing and what is wrong with it, and a line that says
what to do. The command line prints both on standard error and exits with 1, or with 2 if a command or an option was used
wrongly; nothing half-written is left. In the library it is a \`PolytagError\` with \`code\`, \`message\` and \`remedy\`:

\`\`\`ts
import { MultiLabelClassifier, PolytagError } from 'polytag';

try {
  await MultiLabelClassifier.load('my-model');
} catch (error) {
  if (error instanceof PolytagError) console.error(error.code, error.message, error.remedy);
  else throw error;
}
\`\`\`

Codes stay what they are; sentences may be reworded. Any other error, with a stack, is a bug: please report it.

This page is written by \`npm run docs:errors\` from the catalogue in src/errors/. In the sentences, words in capitals stand
for what differs from case to case.
`;

/** The sentence of an error with its details in capitals; undefined where it depends on more than texts. */
function exampleOf({ sentence }) {
  const details = new Proxy(
    {},
    { get: (_, name) => String(name).replace(/[A-Z]/g, '_$&').toUpperCase() },
  );
  try {
    return sentence(details);
  } catch {
    return undefined;
  }
}

function describe([code, entry]) {
  const example = exampleOf(entry);
  return [
    `### ${code}`,
    entry.meaning,
    ...(example === undefined ? [] : [`\`\`\`\n${example}\n\`\`\``]),
    `**How to solve:** ${entry.remedy}`,
  ].join('\n\n');
}

/** The page: an introduction, then the lists of the catalogue, in order. */
export function errorPage() {
  const sections = Object.entries(groups).map(([title, errors]) =>
    [`## ${title}`, ...Object.entries(errors).map(describe)].join('\n\n'),
  );
  return `${[introduction, ...sections].join('\n')}\n`
    .replace(/\n(## )/g, '\n\n$1')
    .replace(/\n{3,}/g, '\n\n');
}
