// Labels and the categories they stand for: defaults, a file of the user's, and what either gives.
import { describe, expect, it } from 'vitest';
import {
  categoryScore,
  isCategoryFlagged,
  labelMappingFor,
  parseLabelMapping,
} from '../../../src/server/scoring/label-mapping.js';

const jigsaw = ['toxic', 'severe_toxic', 'obscene', 'threat', 'insult', 'identity_hate'];

describe('labelMappingFor', () => {
  it("knows what Jigsaw's labels stand for, and invents nothing", () => {
    const { perspective, openai } = labelMappingFor(jigsaw);
    expect([...perspective.keys()]).toEqual([
      'TOXICITY',
      'SEVERE_TOXICITY',
      'IDENTITY_ATTACK',
      'INSULT',
      'PROFANITY',
      'OBSCENE',
      'THREAT',
    ]);
    expect(openai.get('hate/threatening')).toEqual({
      combine: 'all',
      labels: ['identity_hate', 'threat'],
    });
    expect(openai.has('self-harm')).toBe(false);
    expect(openai.has('sexual')).toBe(false);
  });

  it('leaves out categories whose labels a model lacks', () => {
    const { openai } = labelMappingFor(['toxic', 'threat']);
    expect(openai.get('harassment')).toEqual({ combine: 'any', labels: ['toxic'] });
    expect(openai.has('hate/threatening')).toBe(false);
    expect(openai.has('hate')).toBe(false);
  });

  it('calls other labels by their own names, in upper case', () => {
    const { perspective, openai } = labelMappingFor(['joy', 'fear']);
    expect([...perspective]).toEqual([
      ['JOY', { combine: 'any', labels: ['joy'] }],
      ['FEAR', { combine: 'any', labels: ['fear'] }],
    ]);
    expect(openai.size).toBe(0);
  });

  it('takes a dialect from the file, and the other by default', () => {
    const file = parseLabelMapping({ openai: { hate: ['joy', 'anger'] } }, 'm.json');
    const { perspective, openai } = labelMappingFor(['joy', 'fear'], file);
    expect([...openai]).toEqual([['hate', { combine: 'any', labels: ['joy'] }]]);
    expect(perspective.has('JOY')).toBe(true);
  });
});

describe('parseLabelMapping', () => {
  it.each([
    [[], 'it is no object'],
    [{ tei: {} }, '"tei" is no dialect with categories; those are perspective, openai'],
    [{ openai: [] }, '"openai" is no object of categories'],
    [{ openai: { hate: [] } }, '"hate" of "openai" is no label'],
    [{ openai: { hate: { any: ['x'] } } }, '"hate" of "openai" is no label'],
  ])('refuses %j', (value, sentence) => {
    expect(() => parseLabelMapping(value, 'm.json')).toThrow(sentence);
  });
});

describe('a category', () => {
  const labels = ['a', 'b', 'c'];
  const any = { combine: 'any', labels: ['a', 'c'] } as const;
  const all = { combine: 'all', labels: ['a', 'c'] } as const;

  it('is the highest or the lowest of its labels, and holds where any or all do', () => {
    const scores = Float32Array.of(0.25, 0.9, 0.75);
    expect(categoryScore(any, labels, scores)).toBe(0.75);
    expect(categoryScore(all, labels, scores)).toBe(0.25);
    expect(isCategoryFlagged(any, labels, scores, [0.5, 0.5, 0.5])).toBe(true);
    expect(isCategoryFlagged(all, labels, scores, [0.5, 0.5, 0.5])).toBe(false);
    expect(isCategoryFlagged(all, labels, scores, [0.25, 0.5, 0.75])).toBe(true);
  });
});
