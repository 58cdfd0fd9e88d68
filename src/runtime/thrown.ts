// Errors out of whatever was thrown.

/** What was thrown, as an error: anything can be thrown, and can be the reason of an AbortSignal. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
