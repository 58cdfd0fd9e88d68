// Rooms: who goes in, who waits, in which order, and who is turned away.
import { expect, it } from 'vitest';
import { EncodingRoom } from '../../../src/server/encoder/encoding-room.js';

it('lets in while there is room, then in order', async () => {
  const room = new EncodingRoom({ texts: 10, bytes: 100 });
  const entered: string[] = [];
  const enter = async (name: string, texts: number, bytes: number): Promise<() => void> => {
    const leave = await room.enter({ texts, bytes });
    entered.push(name);
    return leave;
  };
  const first = await enter('first', 6, 10);
  const second = enter('second', 6, 10);
  // Would fit, but those before come first.
  const third = enter('third', 1, 1);
  await Promise.resolve();
  expect(entered).toEqual(['first']);
  first();
  const leaves = await Promise.all([second, third]);
  expect(entered).toEqual(['first', 'second', 'third']);
  for (const leave of leaves) leave();
});

it('gives all of itself to one that is larger', async () => {
  const room = new EncodingRoom({ texts: 10, bytes: 100 });
  const leave = await room.enter({ texts: 1, bytes: 1_000 });
  let isIn = false;
  const other = room.enter({ texts: 1, bytes: 1 }).then((leaveOther) => {
    isIn = true;
    leaveOther();
  });
  await Promise.resolve();
  expect(isIn).toBe(false);
  leave();
  await other;
});

it('forgets one that gives up, wherever it stands', async () => {
  const room = new EncodingRoom({ texts: 1, bytes: 1 });
  const space = { texts: 1, bytes: 1 };
  const leave = await room.enter(space);
  const controller = new AbortController();
  const gone = room.enter(space, controller.signal);
  const next = room.enter(space);
  controller.abort(new Error('left'));
  await expect(gone).rejects.toThrow('left');
  leave();
  (await next)();
  await expect(room.enter(space, controller.signal)).rejects.toThrow('left');
});

it('turns away when the line is long', async () => {
  const room = new EncodingRoom({ texts: 1, bytes: 1 });
  const space = { texts: 1, bytes: 1 };
  const leave = await room.enter(space);
  const waiting = Array.from({ length: 16_384 }, () => room.enter(space));
  await expect(room.enter(space)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  leave();
  for (const entered of waiting) (await entered)();
});
