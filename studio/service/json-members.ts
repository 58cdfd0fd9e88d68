// Reads members out of JSON that came over the wire: what is not of its kind is undefined.

export type Members = Readonly<Record<string, unknown>>;

/** The members of an object; none where `value` is not one. */
export function members(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list, each of its entries read; an entry that cannot be read is left out. */
export function list<Entry>(value: unknown, read: (entry: unknown) => Entry | undefined): Entry[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown) => read(entry)).filter((entry) => entry !== undefined);
}
