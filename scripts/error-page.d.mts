/** The text of docs/errors.md, from the compiled catalogue. */
export function errorPage(): string;
