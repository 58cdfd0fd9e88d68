// An explanation as an HTML page that stands alone: no scripts, nothing fetched, light and dark, readable without colour.
import type { Explanation, LabelExplanation } from '../classifier/index.js';
import { spreadWeights } from './terminal/explanation.js';

const style = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.6; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: CanvasText; background: Canvas; }
mark { color: inherit; border-radius: .2em; padding: .05em .1em; }
mark.for { background: color-mix(in srgb, #e5484d calc(var(--share) * 60%), transparent); border-bottom: 2px solid #c62a2f; }
mark.against { background: color-mix(in srgb, #3b82f6 calc(var(--share) * 60%), transparent); border-bottom: 2px dotted #2563eb; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
`;

/** The page. */
export function explanationPage(text: string, explanation: Explanation): string {
  const sections = explanation.labels.map((label) => section(text, label));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What the scores of a text rest on</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>What the scores of a text rest on</h1>
<p>By ${explanation.method}. A word underlined by a line speaks for the label, by dots against it; the stronger the colour, the more.</p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function section(
  text: string,
  { label, score, threshold, baseScore, tokens, sentences }: LabelExplanation,
): string {
  const decision = score >= threshold ? 'predicted' : 'not predicted';
  const rows = sentences.map(
    (sentence) =>
      `<tr><td class="number">${sentence.score === null ? '–' : sentence.score.toFixed(4)}</td><td>${escapeText(text.slice(sentence.begin, sentence.end))}</td></tr>`,
  );
  const words = [...tokens]
    .sort((left, right) => Math.abs(right.weight) - Math.abs(left.weight))
    .slice(0, 20)
    .map(
      ({ text: word, weight }) =>
        `<tr><td class="number">${signed(weight)}</td><td>${escapeText(word)}</td></tr>`,
    );
  return `<section>
<h2>${escapeText(label)}: ${score.toFixed(4)}, ${decision}</h2>
<p>Threshold ${threshold.toFixed(4)}; without its words the text scores ${baseScore.toFixed(4)}.</p>
<p class="text">${markWords(text, tokens)}</p>
${table('Words that weigh most', 'log-odds', 'word', words)}
${table('Sentences alone', 'score', 'sentence', rows)}
</section>`;
}

function table(caption: string, number: string, name: string, rows: readonly string[]): string {
  if (rows.length === 0) return '';
  return `<table><caption>${caption}</caption><thead><tr><th scope="col">${number}</th><th scope="col">${name}</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

function markWords(text: string, tokens: LabelExplanation['tokens']): string {
  let html = '';
  let at = 0;
  spreadWeights(tokens).forEach((share, word) => {
    const { begin, end, weight } = tokens[word];
    const strength = Math.abs(share);
    const shown = escapeText(text.slice(begin, end));
    html += escapeText(text.slice(at, begin));
    html +=
      strength < 0.05
        ? shown
        : `<mark class="${share > 0 ? 'for' : 'against'}" style="--share:${strength.toFixed(2)}" title="${signed(weight)}">${shown}</mark>`;
    at = end;
  });
  return html + escapeText(text.slice(at));
}

function signed(weight: number): string {
  return `${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(3)}`;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
