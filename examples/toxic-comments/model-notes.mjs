// What the card of models/toxic-comments says beside what polytag writes into every card: use, test figures, limits, biases.

/** Words by which comments name groups of people, for the comparison of false alarms. */
const groups = {
  'gay, lesbian, homosexual, transgender': /\b(?:gays?|lesbians?|homosexuals?|transgender)\b/i,
  'muslim, islam': /\b(?:muslims?|islam(?:ic)?)\b/i,
  'jew, jewish': /\b(?:jews?|jewish)\b/i,
  'black, african': /\b(?:blacks?|africans?)\b/i,
  'woman, women, female': /\b(?:woman|women|females?)\b/i,
  'christian, catholic': /\b(?:christians?|catholics?)\b/i,
};

const round = (value) => value.toFixed(3);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

function figure({ value, interval }) {
  if (value === null) return 'none';
  return interval == null
    ? round(value)
    : `${round(value)} [${round(interval.low)}, ${round(interval.high)}]`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function testFigures({ trained }) {
  const { model, baseline } = trained;
  const rows = model.labels.map((label, at) => [
    `\`${label.label}\``,
    label.positives,
    figure(label.rocAuc),
    figure(label.averagePrecision),
    round(label.threshold),
    figure(label.precision),
    figure(label.recall),
    `${figure(baseline.labels[at].rocAuc)}, ${figure(baseline.labels[at].averagePrecision)}`,
  ]);
  const { macro } = model;
  const mean = [
    '**macro**',
    '',
    figure(macro.rocAuc),
    figure(macro.averagePrecision),
    '',
    figure(macro.precision),
    figure(macro.recall),
  ];
  rows.push([
    ...mean,
    `${figure(baseline.macro.rocAuc)}, ${figure(baseline.macro.averagePrecision)}`,
  ]);
  const head = [
    'label',
    'positive rows',
    'ROC-AUC',
    'average precision',
    'threshold',
    'precision',
    'recall',
    'linear baseline: AUC, AP',
  ];
  return `## Figures on the test rows
${model.rows} rows (\`examples/toxic-comments/test.csv.gz\`) that neither training, nor thresholds, nor the blend saw. In brackets: 95 %
intervals by bootstrap.

${table(head, rows)}`;
}

function storage(measured) {
  const names = {
    trained: 'float32, as trained',
    half: '**float16, as stored here**',
    rounded: 'int8 (`precision: int8`)',
    alone: 'float32 without the blend',
  };
  const rows = Object.entries(names).map(([name, shown]) => {
    const { macro } = measured[name].model;
    return [shown, macro.rocAuc.value.toFixed(4), macro.averagePrecision.value.toFixed(4)];
  });
  return `## What storing it in half precision costs
${table(['on the test rows', 'macro ROC-AUC', 'mean AP'], rows)}`;
}

/** Rows without any label that are flagged as toxic, among all and among those that name a group. */
function falseAlarms({ half }) {
  const { texts, truth, scores, thresholds } = half;
  const clean = texts.flatMap((text, row) => {
    const labels = truth.values.subarray(row * truth.columns, (row + 1) * truth.columns);
    return labels.every((value) => value === 0)
      ? [{ text, flagged: scores.values[row * truth.columns] >= thresholds[0] }]
      : [];
  });
  const share = (rows) =>
    percent(rows.filter(({ flagged }) => flagged).length / Math.max(1, rows.length));
  const rows = Object.entries(groups).map(([name, pattern]) => {
    const some = clean.filter(({ text }) => pattern.test(text));
    return [name, some.length, share(some)];
  });
  return `## Known biases
Comments that name a group of people are marked more often than others, in the training data and therefore here. Of the test rows
without any label the model marks as \`toxic\`, at its threshold:

${table(['rows that hold', 'rows', 'marked though nobody did'], [['anything', clean.length, share(clean)], ...rows])}

The groups are small and the shares rough, but the direction is known from larger studies of this data. Do not let the model decide
about people by itself; measure it on texts of your own first (\`polytag evaluate\`, \`polytag thresholds\`).`;
}

/** Markdown of the notes. */
export function writeNotes(measured, { tuning, rows }) {
  return `## Intended use
A first opinion on English comments for people who moderate: what to look at first, what to ask the writer to think over. Not for
deciding about a person without a human, not for other languages, not for news, fiction or quotations. The labels are those of
Kaggle's Toxic Comment Classification Challenge (Jigsaw and Google's Conversation AI, 2018): English Wikipedia discussions of
2004 to 2015, judged by a crowd.

${testFigures(measured)}

${storage(measured)}

${falseAlarms(measured)}

## Where it comes from
Trained by polytag from \`all-MiniLM-L6-v2\` (Apache-2.0) on ${rows.train} comments, seed 1, ${tuning.settings.epochs} epochs over every layer, by
\`examples/toxic-comments/build-model.mjs\`; the labels are CC0, the comments CC BY-SA 3.0 and not part of this folder. Rates in the
training table are not those of Wikipedia: a fifth of its rows have a label, on Wikipedia a tenth had one.
`;
}
