// All dialects that are served. Where two have a route in common, the first answers it.
import type { Dialect, DialectOptions } from './dialect.js';

/** Makes the dialects of one server; each adds its own line here. */
export function createDialects(_options: DialectOptions): readonly Dialect[] {
  return [];
}
