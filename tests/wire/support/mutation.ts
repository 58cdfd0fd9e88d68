// Spoils multipart messages in the ways that broken and hostile peers do, the same ways for the same seed.

/** How many mutants, and which. */
export interface MutationPlan {
  readonly count: number;
  readonly seed: number;
}

type Random = (below: number) => number;

/** Yields `count` spoiled copies of the messages; a copy may by chance still be right. */
export function* mutate(
  messages: readonly (readonly Uint8Array[])[],
  { count, seed }: MutationPlan,
): Generator<Uint8Array[]> {
  const random = seededRandom(seed);
  for (let index = 0; index < count; index++) {
    const mutant = messages[random(messages.length)].map((frame) => Uint8Array.from(frame));
    for (let changes = 1 + random(3); changes > 0; changes--) {
      changeMessage(mutant, random);
    }
    yield mutant;
  }
}

function changeMessage(frames: Uint8Array[], random: Random): void {
  const at = random(Math.max(1, frames.length));
  switch (random(8)) {
    case 0:
      frames.splice(at, 1);
      break;
    case 1:
      frames.splice(
        at,
        0,
        Uint8Array.from({ length: random(40) }, () => random(256)),
      );
      break;
    case 2:
      frames.splice(
        at,
        1,
        ...frames.slice(at, at + 1).map((frame) => frame.subarray(random(frame.length + 1))),
      );
      break;
    case 3:
      frames.reverse();
      break;
    default:
      changeFrame(frames, at, random);
  }
}

const telling = Buffer.from('[]{}",\\0123456789-.eE\0 \n\u00ff');

function changeFrame(frames: Uint8Array[], at: number, random: Random): void {
  const bytes = [...(frames.at(at) ?? [])];
  const place = random(bytes.length + 1);
  const byte = random(4) === 0 ? random(256) : telling[random(telling.length)];
  bytes.splice(place, random(2), ...(random(3) === 0 ? [] : [byte]));
  frames[at] = Uint8Array.from(bytes);
}

/** Mulberry32, a small generator of good enough numbers. */
function seededRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
