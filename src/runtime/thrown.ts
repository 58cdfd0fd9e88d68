// Errors out of whatever was thrown.

/** What was thrown, as an error: anything can be thrown, and can be the reason of an AbortSignal. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The message of what was thrown, on one line: ONNX Runtime's run over several, ours are a sentence. */
export function messageOf(thrown: unknown): string {
  return asError(thrown).message.replace(/\s+/g, ' ').trim();
}
