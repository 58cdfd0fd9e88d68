// Texts to begin with: from friendly to unkind, none that hurts to read.

export interface Example {
  readonly name: string;
  readonly text: string;
}

export const examples: readonly Example[] = [
  {
    name: 'A thank-you',
    text: 'Thank you for the careful review. I had missed the second source, and the article is better for it.',
  },
  {
    name: 'Disagreement',
    text: 'I do not agree with this edit. The numbers in the table come from an older report, and nobody has checked them since.',
  },
  {
    name: 'Loss of patience',
    text: 'I have read your comment twice. This is a stupid idea, and only an idiot would believe that it works. Please look at the data first.',
  },
  {
    name: 'A warning',
    text: 'Keep deleting my work and I will find you. You have been told often enough.',
  },
  {
    name: 'Strong words, no harm',
    text: 'Damn, what a match! That last goal killed me. Best game of the year.',
  },
];

/** What is in the field when the page opens: it shows what there is to see. */
export const firstExample = examples[2].text;
