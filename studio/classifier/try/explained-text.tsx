// The words and sentences that make a label's score: marked in the text, and listed in words and figures.
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { LabelExplanation } from '../../service/explanations.js';
import type { LabelScore } from '../../service/scores.js';
import { labelText, scoreText, signedText } from '../shell/texts.js';
import { ScoreBar } from './score-list.js';
import { joinWords, type Mark, markText, strongestWords, type WeightedWord } from './text-marks.js';

function MarkedText({ marks }: { readonly marks: readonly Mark[] }): JSX.Element {
  return (
    <p class="marked-text">
      {marks.map(({ text, strength }, index) =>
        strength === 0 ? (
          text
        ) : (
          <mark
            key={index}
            class={
              strength > 0 ? `mark-raising-${strength}` : `mark-lowering mark-lowering-${-strength}`
            }
          >
            {text}
          </mark>
        ),
      )}
    </p>
  );
}

function WordList({
  title,
  words,
}: {
  readonly title: string;
  readonly words: readonly WeightedWord[];
}): JSX.Element | null {
  if (words.length === 0) return null;
  return (
    <div class="word-list">
      <dt class="small muted">{title}</dt>
      <dd>
        <ul>
          {words.map(({ begin, text, weight }) => (
            <li key={begin}>
              <span class="word">{text}</span> <span class="small muted">{signedText(weight)}</span>
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}

function SentenceTable({
  text,
  explanation,
  score,
}: {
  readonly text: string;
  readonly explanation: LabelExplanation;
  readonly score: LabelScore;
}): JSX.Element | null {
  if (explanation.sentences.length < 2) return null;
  return (
    <table class="sentences">
      <caption>Sentence by sentence</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Sentence</th>
          <th scope="col">Score of {labelText(score.label)}</th>
        </tr>
      </thead>
      <tbody>
        {explanation.sentences.map((sentence) => {
          const flagged = sentence.score >= score.threshold;
          return (
            <tr key={sentence.begin}>
              <td class="sentence">{text.slice(sentence.begin, sentence.end)}</td>
              <td class="sentence-score">
                <span class={flagged ? 'sentence-flagged' : ''}>{scoreText(sentence.score)}</span>
                <ScoreBar score={sentence.score} threshold={score.threshold} flagged={flagged} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Legend(): JSX.Element {
  return (
    <ul class="mark-legend small muted">
      <li>
        <mark class="mark-raising-4">thick line</mark> raises the score
      </li>
      <li>
        <mark class="mark-lowering mark-lowering-3">dotted line</mark> lowers it
      </li>
    </ul>
  );
}

/** The explanation of one label for one text. */
export function ExplainedText({
  text,
  explanation,
  score,
}: {
  readonly text: string;
  readonly explanation: LabelExplanation;
  readonly score: LabelScore;
}): JSX.Element {
  const { words, marks } = useMemo(() => {
    const joined = joinWords(text, explanation.tokens);
    return { words: joined, marks: markText(text, joined) };
  }, [text, explanation]);
  const { raising, lowering } = strongestWords(words, 6);
  return (
    <div class="explanation">
      <div class="explanation-head">
        <h2>Why “{labelText(score.label)}”</h2>
        <Legend />
      </div>
      <MarkedText marks={marks} />
      {raising.length + lowering.length > 0 && (
        <dl class="word-lists">
          <WordList title="Raise the score most" words={raising} />
          <WordList title="Lower it most" words={lowering} />
        </dl>
      )}
      <SentenceTable text={text} explanation={explanation} score={score} />
    </div>
  );
}
