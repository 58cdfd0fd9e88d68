// Starts bert-serving-start as a process of its own and ends it, for the benchmarks of the service.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/cli/bert-serving-start.js', import.meta.url));

/**
 * Starts a server on free ports.
 * @param flags of bert-serving-start
 * @returns its line about itself, the seconds that it took, and a function that ends it
 */
export async function startServer(flags, environment = {}) {
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [program, '-port', '0', '-port_out', '0', ...flags.map(String)],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  );
  let complaints = '';
  child.stderr.on('data', (piece) => {
    complaints += piece;
  });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  // A benchmark that fails must not leave a server behind.
  process.once('exit', () => child.kill());
  const [line] = await Promise.race([
    createInterface({ input: child.stdout })
      [Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [value]),
    ended.then(() => []),
  ]);
  if (line === undefined) throw new Error(`the server did not start:\n${complaints}`);
  const seconds = (performance.now() - start) / 1000;
  return {
    ...JSON.parse(line),
    seconds,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
