// Measures contenders in turn (A B A B ...), so that a machine that slows down slows all of them, and prints medians and ratios.
import { spawnSync } from 'node:child_process';

/** The middle of the numbers; of an even count the mean of the middle two. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs every contender once to warm up and then `rounds` times in turn.
 * @param contenders [{ name, run }], the first being ours; `run` resolves to seconds, or undefined when it cannot run
 * @returns [{ name, seconds: number[] }] without those that could not run
 */
export async function measureInTurn(contenders, rounds) {
  const rows = contenders.map(({ name, run }) => ({ name, run, seconds: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const row of rows) {
      if (row.run === undefined) continue;
      const seconds = await row.run();
      if (seconds === undefined) row.run = undefined;
      else if (round >= 0) row.seconds.push(seconds);
    }
  }
  return rows.filter(({ seconds }) => seconds.length > 0);
}

/** Wraps work so that it resolves to the seconds that it took. */
export function timed(work) {
  return async () => {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
  };
}

/** Prints a table: median seconds, amount a second, and the speed of the first row over each. */
export function printTable(title, rows, amount, unit) {
  console.log(`\n${title}`);
  const cells = rows.map(({ name, seconds }) => {
    const middle = median(seconds);
    const spread = `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`;
    const ratio = middle / median(rows[0].seconds);
    return [
      name,
      middle.toFixed(2),
      spread,
      Math.round(amount / middle).toLocaleString('en'),
      `${ratio.toFixed(2)} x`,
    ];
  });
  const header = ['', 'median s', 'min to max', `${unit}/s`, 'time over ours'];
  const widths = header.map((name, at) =>
    Math.max(name.length, ...cells.map((row) => row[at].length)),
  );
  for (const row of [header, ...cells]) {
    console.log(
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at])))
        .join('   '),
    );
  }
}

/**
 * Runs a Python peer of bench/peers/, which prints seconds as its last line. Where Python or one of its packages is
 * missing, says so in one line and returns undefined.
 */
export function runPeer(script, scriptArguments = []) {
  const answer = runPeerForText(script, scriptArguments);
  return answer === undefined ? undefined : Number(answer);
}

/** As {@link runPeer}, for a peer whose last line is something else. */
export function runPeerForText(script, scriptArguments = []) {
  const python = process.env.POLYTAG_PYTHON ?? 'python3';
  const path = new URL(`peers/${script}`, import.meta.url).pathname;
  const { status, stdout, stderr, error } = spawnSync(
    python,
    [path, ...scriptArguments.map(String)],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  if (error !== undefined || status !== 0) {
    const reason = error?.message ?? stderr.trim().split('\n').at(-1);
    console.log(
      `skipped ${script}: ${reason} (set POLYTAG_PYTHON to a Python that has what it imports)`,
    );
    return undefined;
  }
  return stdout.trim().split('\n').at(-1);
}
