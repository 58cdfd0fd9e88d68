// Works on several items of a stream at once and hands out the results in the order of the items.

type Items<Item> = AsyncIterable<Item> | Iterable<Item>;

/**
 * Yields `work(item)` for each item, in their order, with at most `maxInFlight` begun and not yet handed out.
 * A result is handed out as soon as it and all before it are there, even while the next item is awaited. Items
 * are asked for only when there is room for them. After an error, or when its consumer stops, `items` is closed.
 */
export async function* mapInOrder<Item, Result>(
  items: Items<Item>,
  work: (item: Item) => Promise<Result>,
  maxInFlight: number,
): AsyncGenerator<Result, void, undefined> {
  const source =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const results: Promise<{ readonly result: Result }>[] = [];
  let next: Promise<IteratorResult<Item, unknown>> | undefined;
  let ended = false;
  try {
    while (!ended || results.length > 0) {
      if (!ended && results.length < maxInFlight) {
        next ??= seen(Promise.resolve(source.next()), () => {
          ended = true;
        });
      }
      const event = await Promise.race([...results.slice(0, 1), ...(next ? [next] : [])]);
      if ('result' in event) {
        void results.shift();
        yield event.result;
      } else {
        next = undefined;
        ended = event.done === true;
        if (!event.done) {
          results.push(seen(work(event.value).then((result) => ({ result }))));
        }
      }
    }
  } finally {
    if (!ended) {
      const closing = seen(Promise.resolve(source.return?.()));
      // A source that is still asked for an item closes only after it has come, if ever.
      await (next ? undefined : closing);
    }
  }
}

/** A promise whose rejection is looked at when its turn comes, if ever. */
function seen<Value>(promise: Promise<Value>, onError = () => {}): Promise<Value> {
  promise.catch(onError);
  return promise;
}
