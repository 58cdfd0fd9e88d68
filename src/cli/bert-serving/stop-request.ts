// How a service is told to end: Ctrl-C or SIGTERM once to end in order, twice to end at once.

const EXIT_INTERRUPTED = 130;

/** The signals that end a service, as they come. */
export interface StopRequest {
  /** Aborts at the first. */
  readonly signal: AbortSignal;
  /** Resolves at the first, with its name. */
  readonly requested: Promise<'SIGINT' | 'SIGTERM'>;
  /** The first that came. */
  readonly name: 'SIGINT' | 'SIGTERM' | undefined;
  /** Gives the signals back. */
  release(): void;
}

/** Takes SIGINT and SIGTERM; the second of them ends the process at once, with 130. */
export function watchForStop(): StopRequest {
  const controller = new AbortController();
  let name: StopRequest['name'];
  let resolve: (name: 'SIGINT' | 'SIGTERM') => void = () => undefined;
  const requested = new Promise<'SIGINT' | 'SIGTERM'>((settle) => {
    resolve = settle;
  });
  const stop = (signalName: 'SIGINT' | 'SIGTERM'): void => {
    if (name !== undefined) process.exit(EXIT_INTERRUPTED);
    name = signalName;
    controller.abort(new DOMException('interrupted', 'AbortError'));
    resolve(signalName);
  };
  const interrupt = (): void => {
    stop('SIGINT');
  };
  const terminate = (): void => {
    stop('SIGTERM');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', terminate);
  return {
    signal: controller.signal,
    requested,
    get name() {
      return name;
    },
    release: () => {
      process.off('SIGINT', interrupt).off('SIGTERM', terminate);
    },
  };
}

/** The exit code after a stop in order: SIGTERM is how services are ended, SIGINT interrupts. */
export function exitCodeOf({ name }: StopRequest): number {
  return name === 'SIGINT' ? EXIT_INTERRUPTED : 0;
}
