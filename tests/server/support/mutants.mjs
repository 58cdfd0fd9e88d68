// Messages that are wrong in every way that a message can be, from a seed: for the tests and for bench/.

/** Numbers in [0, 1) from a seed: mulberry32. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random, limit) => Math.floor(random() * limit);
const oneOf = (random, values) => values[below(random, values.length)];
const bytes = (random, length) => Buffer.from(Array.from({ length }, () => below(random, 256)));

const bodies = [
  '["hello world"]',
  '["a","b ||| c",""]',
  '[["hello","world"],["a","|||","b"]]',
  'SHOW_CONFIG',
  'SHOW_STATUS',
  '[]',
  '[[]]',
  '[null]',
  '["a",["b"]]',
  '[1e999]',
  '{"0":"a"}',
  '"text"',
  'TERMINATE',
  'show_config',
  'SHOW_CONFIG ',
  '["\\ud800"]',
  '["\\u0000\\uffff"]',
  '[{"__proto__":{"x":1}}]',
  '',
];

const counts = [
  '0',
  '1',
  '2',
  '3',
  '-1',
  '1.0',
  '9'.repeat(30),
  '9'.repeat(40),
  '',
  ' 1',
  '0x1',
  '01',
];

/** Ways to spoil a request; each changes its four frames, or gives others. */
const mutations = [
  (random, frames) => frames.filter(() => random() < 0.6),
  (random, frames) => [...frames, oneOf(random, frames)],
  (random, frames) => [...frames].sort(() => random() - 0.5),
  (random, [identity, , id]) => {
    const depth = 1 + below(random, 5_000);
    return [identity, `${'['.repeat(depth)}${random() < 0.5 ? ']'.repeat(depth) : ''}`, id, '1'];
  },
  (random, [identity, body, id]) => [identity, body, id, oneOf(random, counts)],
  (random, [identity, body, , count]) => [identity, body, oneOf(random, counts), count],
  (random, [, ...others]) => [bytes(random, below(random, 300)), ...others],
  (random, [identity, , id, count]) => [identity, bytes(random, below(random, 200)), id, count],
  (random, [identity, body, id, count]) => {
    const spoiled = Buffer.from(body);
    for (let flips = 1 + below(random, 3); flips > 0 && spoiled.length > 0; flips--) {
      spoiled[below(random, spoiled.length)] ^= 1 << below(random, 8);
    }
    return [identity, spoiled, id, count];
  },
  (random, [identity, body, id, count]) => [
    identity,
    body.slice(0, below(random, body.length + 1)),
    id,
    count,
  ],
  (random, [identity, , id]) => {
    const words = Array.from({ length: below(random, 40) }, () => 'x'.repeat(below(random, 300)));
    return [identity, JSON.stringify(words), id, String(words.length)];
  },
  (random, frames) => frames,
];

/** A message: most of them wrong in one way or two. It never is a TERMINATION. */
export function mutant(random, identity, id) {
  const body = oneOf(random, bodies);
  let frames = [identity, body, id, oneOf(random, counts.slice(0, 4))];
  for (let times = 1 + below(random, 2); times > 0; times--) {
    const spoiled = oneOf(random, mutations)(random, frames);
    if (spoiled.length === 4 || times === 1) frames = spoiled;
  }
  const isEmpty = frames.length === 0;
  return (isEmpty ? [''] : frames).map((frame) =>
    String(frame) === 'TERMINATION' ? 'TERMINATIOn' : frame,
  );
}
