// Values as Python prints them, which bert-as-service's tables and result files are full of.

/** `None`, `True`, `[-4, -3]`, `'text'` inside of lists, and `text` alone. */
export function pythonText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonItem).join(', ')}]`;
  return value === null ? 'None' : JSON.stringify(value);
}

function pythonItem(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : pythonText(value);
}
