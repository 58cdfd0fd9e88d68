// What a running service tells its owner: the lines of a log, as data.

/** One thing that happened. `client` is fit for a line of text, whatever bytes the client calls itself. */
export type ServerEvent =
  /** Texts were encoded and their vectors handed to the listener. */
  | {
      readonly kind: 'request';
      readonly client: string;
      readonly texts: number;
      readonly truncatedTexts: number;
      readonly milliseconds: number;
    }
  /** A request was refused, or failed: the sentence that its client was given. */
  | {
      readonly kind: 'failure';
      readonly client: string;
      readonly code: string;
      readonly message: string;
    }
  /** Somebody asked for the configuration or the status. */
  | { readonly kind: 'record'; readonly client: string; readonly record: 'config' | 'status' }
  /** A message that nobody can be answered for, or a reply that nobody took. */
  | {
      readonly kind: 'dropped';
      readonly dropped: 'message' | 'reply';
      readonly client: string | undefined;
      readonly reason: string;
    }
  /** A client asked the service to end. */
  | { readonly kind: 'termination'; readonly client: string; readonly isHonoured: boolean }
  /** The addresses of the machine have changed, and with them those listened at. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] };
