// What a call that should fail fails with.
import { PolytagError } from '../../src/errors/index.js';

/** The PolytagError that `action` ends with; any other outcome is thrown. */
export async function failureOf(action: () => unknown): Promise<PolytagError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof PolytagError) {
      return error;
    }
    throw error;
  }
  throw new Error('it did not fail');
}
