// Cuts a stream of texts into requests of bounded size.

/** UTF-16 units of one request, about: with every one of them escaped in JSON, far below a service's limit. */
const UNITS_PER_REQUEST = 2 ** 20;

/** Requests of at most `most` texts each, in order; a text of any length goes, alone if need be. */
export async function* cutRequests(
  texts: Iterable<string> | AsyncIterable<string>,
  most: number,
): AsyncGenerator<string[], void, undefined> {
  let request: string[] = [];
  let units = 0;
  for await (const text of texts) {
    if (
      request.length === most ||
      (request.length > 0 && units + text.length > UNITS_PER_REQUEST)
    ) {
      yield request;
      request = [];
      units = 0;
    }
    request.push(text);
    units += text.length;
  }
  if (request.length > 0) yield request;
}
