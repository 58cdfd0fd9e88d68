// bert-serving-terminate: tells a running server to end.
import { argumentTable } from './argument-table.js';
import { runServingCommand, say } from './command-line.js';
import type { FlagValues } from './flags/flag.js';
import { terminateFlags } from './terminate-flags.js';
import { findServer, sendTermination } from './termination-signal.js';

const program = 'bert-serving-terminate';

const description = `Ends a server of bert-serving-start, after it has answered what is under way. A server takes
this from its own machine only, unless it was started with -allow_remote_termination.`;

const epilogue = `
example:
  bert-serving-terminate -port 5555`;

/** Runs the command. @returns the exit code */
export function runTerminate(words: readonly string[]): Promise<number> {
  const command = { program, description, epilogue, flags: terminateFlags, run: terminate };
  return runServingCommand(command, words);
}

async function terminate(
  values: FlagValues<typeof terminateFlags>,
  _given: unknown,
  words: readonly string[],
): Promise<number> {
  say(argumentTable(program, words, values));
  const { ip: host, port, timeout } = values;
  await findServer({ host, port }, timeout);
  await sendTermination({ host, port }, timeout, () => {
    process.stdout.write(`shutdown signal sent to ${port}\n`);
  });
  say(`${program}: the server has ended`);
  return 0;
}
