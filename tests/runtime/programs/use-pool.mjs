// A program that uses a pool and then ends in the way named by its first argument; the model's path is the second.
import { setTimeout as wait } from 'node:timers/promises';
import { StatefulSession, WorkerPool } from '../../../dist/runtime/index.js';

const [, , ending, path] = process.argv;

/** Some tens of milliseconds of work inside native code. */
const slowFeeds = () => ({
  x: { type: 'float32', shape: [512, 256], data: new Float32Array(512 * 256).fill(1) },
});

if (ending === 'exit-while-loading') {
  setTimeout(() => process.exit(7), Math.random() * 80);
  await WorkerPool.open(path, { workers: 2 });
  await wait(1_000);
}

if (ending === 'exit-in-a-step') {
  const initial = { type: 'float32', shape: [512, 256], data: new Float32Array(512 * 256) };
  const session = await StatefulSession.open(path, {
    state: [{ input: 'x', output: 'z', initial }],
  });
  setTimeout(() => process.exit(7), 20 + Math.random() * 40);
  await session.runMany(new Array(1_000).fill({}));
}

const pool = await WorkerPool.open(path, { workers: 2 });
const runs = Array.from({ length: 12 }, () => pool.run(slowFeeds));

switch (ending) {
  case 'exit-in-a-run':
    setTimeout(() => process.exit(7), 20 + Math.random() * 40);
    await Promise.all(runs);
    break;
  case 'throw-in-a-run':
    setTimeout(() => {
      throw new Error('a bug in the program');
    }, 20);
    await Promise.all(runs);
    break;
  case 'end-without-closing': {
    const [{ z }] = await Promise.all(runs);
    console.log(`done ${z.data.length}`);
    break;
  }
  case 'end-given-up': {
    const controller = new AbortController();
    const givenUp = pool.run(slowFeeds, { signal: controller.signal });
    await Promise.all(runs.slice(0, 2));
    controller.abort();
    await givenUp.catch(() => undefined);
    // Ten others still wait, and the process with them.
    await Promise.all(runs);
    console.log('done');
    break;
  }
  case 'fail': {
    const wrong = { type: 'float32', shape: [1, 3], data: new Float32Array(3) };
    await pool.run({ x: wrong }).catch(({ code }) => console.log(code));
    await Promise.all(runs);
    break;
  }
}
