// The log of a running server: what happens, a line each, and never so many that they are the load.
import type { ServerEvent } from '../../server/index.js';

/** Lines of a second at most; further ones are counted. */
const LINES_A_SECOND = 20;

/** How a log is kept. */
export interface ServerLogOptions {
  readonly write: (line: string) => void;
  /** Logs requests that went well, too. */
  readonly verbose: boolean;
  /** The time in milliseconds since 1970. Default: now. */
  readonly now?: (() => number) | undefined;
}

/** Makes what a server tells its events to. */
export function createServerLog({
  write,
  verbose,
  now = Date.now,
}: ServerLogOptions): (event: ServerEvent) => void {
  let second = 0;
  let lines = 0;
  let unsaid = 0;
  return (event) => {
    const line = describeEvent(event, verbose);
    if (line === undefined) return;
    const time = now();
    const isNewSecond = Math.floor(time / 1000) !== second;
    if (isNewSecond) {
      if (unsaid > 0) write(`${stamp(second * 1000)} and ${unsaid} more lines in this second`);
      second = Math.floor(time / 1000);
      lines = 0;
      unsaid = 0;
    }
    if (lines++ < LINES_A_SECOND) write(`${stamp(time)} ${line}`);
    else unsaid++;
  };
}

function stamp(time: number): string {
  return new Date(time).toISOString();
}

function describeEvent(event: ServerEvent, verbose: boolean): string | undefined {
  switch (event.kind) {
    case 'request': {
      const cut = event.truncatedTexts > 0 ? `, ${event.truncatedTexts} of them cut` : '';
      const told = `encoded ${event.texts} texts${cut}, ${event.milliseconds.toFixed(1)} ms, for ${event.client}`;
      return verbose ? told : undefined;
    }
    case 'record':
      return verbose ? `told the ${event.record} to ${event.client}` : undefined;
    case 'failure':
      return `refused a request of ${event.client}: ${event.message} (${event.code})`;
    case 'dropped': {
      const from = event.client === undefined ? '' : ` of ${event.client}`;
      return `dropped a ${event.dropped}${from}: ${event.reason}`;
    }
    case 'termination':
      return event.isHonoured
        ? `asked to end by ${event.client}: answering what is under way`
        : `not ending for ${event.client}, which is on another machine (-allow_remote_termination)`;
    case 'addresses':
      return `now listening at ${event.addresses.join(', ')}`;
  }
}
