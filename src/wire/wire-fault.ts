// What is wrong with a message of the protocol, and whom to tell.

/** A message that is not one of the protocol, or lies about itself. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  /** Who sent it, or for whom it is, where that could be read. */
  readonly identity: Buffer | undefined;
  /** Which request it belongs to, where that could be read; with the identity, the fault is answerable. */
  readonly requestId: string | undefined;

  /** @param problem one sentence that says what is wrong; it quotes nothing that the sender chose */
  constructor(
    readonly problem: string,
    sender: { readonly identity?: Buffer | undefined; readonly requestId?: string | undefined },
  ) {
    super(problem);
    this.identity = sender.identity;
    this.requestId = sender.requestId;
  }
}
