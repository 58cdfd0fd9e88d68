// Items of many requests that wait for a batch: whose turn it is, and which others fit beside by length.

/** An item of a request. */
interface WaitingItem<Item> {
  readonly item: Item;
  /** In tokens, at least 1. */
  readonly length: number;
  /** Its place among its request's items. */
  readonly position: number;
  /** Whether it has been put into a batch, or given up. */
  isTaken: boolean;
}

/** The items of one request that wait. */
export interface Lane<Item> {
  readonly priority: number;
  readonly account: Account;
  /** Longest first. */
  readonly items: readonly (WaitingItem<Item> & { readonly lane: Lane<Item> })[];
  /** Index of the first item that may not be taken yet. */
  next: number;
  waiting: number;
}

/** What one asker has had, in tokens; requests of the same asker share it. */
interface Account {
  served: number;
  /** The last batch that held something of it; breaks ties. */
  lastBatch: number;
  lanes: number;
}

/** How large a batch may be. */
export interface BatchSize {
  /** Rows times the longest row, padding included; an item that is longer by itself makes a batch alone. */
  readonly tokenBudget: number;
  readonly maxRows: number;
}

/** A row is taken beside others only if it fills this share of the longest, unless the batch is small yet. */
const CLOSE_ENOUGH = 0.8;

/** Below this share of its budget a batch is small: a worker is not yet at full speed. */
const SMALL = 0.5;

type Entry<Item> = Lane<Item>['items'][number];

/** Items in wait. Taking a batch costs time in proportion to the requests and to the lengths, not to the items. */
export class WaitingItems<Item> {
  readonly #lanes = new Set<Lane<Item>>();
  readonly #accounts = new Map<unknown, Account>();
  /** By length, in the order of their coming; those taken otherwise stay until they come to the front. */
  readonly #buckets: Line<Entry<Item>>[] = [];
  #waiting = 0;
  #batches = 0;

  /** Items that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The highest priority of any item that waits. */
  get highestPriority(): number | undefined {
    let highest: number | undefined;
    for (const { priority } of this.#lanes) {
      if (highest === undefined || priority > highest) highest = priority;
    }
    return highest;
  }

  /**
   * Adds the items of a request.
   * @param asker whoever shares it takes turns with the others as one
   */
  add(
    items: readonly Item[],
    lengths: readonly number[],
    priority: number,
    asker: unknown,
  ): Lane<Item> {
    const account = this.#openAccount(asker);
    const entries: Entry<Item>[] = [];
    const lane: Lane<Item> = { priority, account, items: entries, next: 0, waiting: items.length };
    items.forEach((item, position) => {
      entries.push({
        item,
        length: Math.max(1, lengths[position]),
        position,
        isTaken: false,
        lane,
      });
    });
    entries.sort((left, right) => right.length - left.length);
    for (const entry of entries) (this.#buckets[entry.length] ??= new Line()).add(entry);
    this.#waiting += items.length;
    if (items.length > 0) this.#lanes.add(lane);
    account.lanes += 1;
    return lane;
  }

  /** Forgets a request: what of it still waits is given up. */
  remove(lane: Lane<Item>, asker: unknown): void {
    for (const entry of lane.items) entry.isTaken = true;
    this.#waiting -= lane.waiting;
    lane.waiting = 0;
    this.#lanes.delete(lane);
    lane.account.lanes -= 1;
    if (lane.account.lanes === 0) this.#accounts.delete(asker);
  }

  /**
   * Takes the next batch: the item whose turn it is (the highest priority, then the asker who has had
   * least), and others of like length, whosever they are. Empty when nothing waits.
   */
  takeBatch(size: BatchSize): Entry<Item>[] {
    const lane = this.#nextLane();
    if (lane === undefined) return [];
    while (lane.items[lane.next].isTaken) lane.next += 1;
    const anchor = lane.items[lane.next];
    this.#take(anchor);
    const batch = [anchor];
    let longest = anchor.length;
    for (const length of this.#lengthsAround(anchor.length)) {
      const wouldBe = Math.max(longest, length);
      const isClose = length >= CLOSE_ENOUGH * longest && CLOSE_ENOUGH * length <= anchor.length;
      while (batch.length < size.maxRows && (batch.length + 1) * wouldBe <= size.tokenBudget) {
        const isSmall = batch.length * longest < SMALL * size.tokenBudget;
        if (!isClose && !(isSmall && length < longest)) break;
        const entry = this.#buckets[length].first();
        if (entry === undefined) break;
        this.#take(entry);
        batch.push(entry);
        longest = wouldBe;
      }
    }
    this.#batches += 1;
    for (const {
      lane: { account },
    } of batch) {
      account.served += longest;
      account.lastBatch = this.#batches;
    }
    return batch;
  }

  #take(entry: Entry<Item>): void {
    entry.isTaken = true;
    this.#waiting -= 1;
    entry.lane.waiting -= 1;
    if (entry.lane.waiting === 0) this.#lanes.delete(entry.lane);
  }

  #nextLane(): Lane<Item> | undefined {
    let next: Lane<Item> | undefined;
    for (const lane of this.#lanes) {
      if (next === undefined || isBefore(lane, next)) next = lane;
    }
    return next;
  }

  /** A newcomer begins where the others are: it has no claim to what was given out before it came. */
  #openAccount(asker: unknown): Account {
    const known = this.#accounts.get(asker);
    if (known !== undefined) return known;
    let least = Number.POSITIVE_INFINITY;
    for (const { served } of this.#accounts.values()) least = Math.min(least, served);
    const account = { served: Number.isFinite(least) ? least : 0, lastBatch: 0, lanes: 0 };
    this.#accounts.set(asker, account);
    return account;
  }

  /** Lengths of which items may wait, the nearest to `length` first. */
  *#lengthsAround(length: number): Generator<number, void, undefined> {
    for (let distance = 0; distance < this.#buckets.length; distance += 1) {
      const shorter = length - distance;
      const longer = length + distance;
      if (shorter < 1 && longer >= this.#buckets.length) return;
      if (shorter >= 1 && this.#buckets[shorter]?.first() !== undefined) yield shorter;
      if (distance > 0 && this.#buckets[longer]?.first() !== undefined) yield longer;
    }
  }
}

/** Whether it is the turn of `lane` rather than of `other`. */
function isBefore(lane: Lane<unknown>, other: Lane<unknown>): boolean {
  if (lane.priority !== other.priority) return lane.priority > other.priority;
  const { account } = lane;
  if (account.served !== other.account.served) return account.served < other.account.served;
  return account.lastBatch < other.account.lastBatch;
}

/** A line that is left at its front, by those who were taken out of it elsewhere as well. */
class Line<Entry extends { readonly isTaken: boolean }> {
  #entries: Entry[] = [];
  #start = 0;

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** The first that has not been taken. */
  first(): Entry | undefined {
    while (this.#start < this.#entries.length && this.#entries[this.#start].isTaken)
      this.#start += 1;
    if (this.#start > 512 && 2 * this.#start > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
    return this.#entries[this.#start];
  }
}
