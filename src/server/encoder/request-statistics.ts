// The statistics of SHOW_STATUS: bert-as-service's keys, with their meaning there.
import { CappedHistogram } from './capped-histogram.js';
import type { JsonRecord } from './encoding-service.js';

/** Clients that are remembered. */
const rememberedClients = 500;

/** Distances between requests that are remembered. */
const rememberedIntervals = 200;

/** A client is active if it asked for vectors within so many seconds. */
const activeSeconds = 180;

/** Between two requests, in seconds: the clock may not tell them apart, and a rate needs a distance. */
const shortestInterval = 1e-6;

/** Counts requests. */
export class RequestStatistics {
  readonly #clock: () => number;
  readonly #requestsOf = new CappedHistogram(rememberedClients);
  readonly #lastRequestOf = new CappedHistogram(rememberedClients);
  readonly #intervals: number[] = [];
  #dataRequests = 0;
  #systemRequests = 0;
  #texts = 0;
  #leastTexts = Number.POSITIVE_INFINITY;
  #mostTexts = 0;
  #lastRequest: number;

  /** @param clock seconds since any moment */
  constructor(clock: () => number = () => performance.now() / 1000) {
    this.#clock = clock;
    this.#lastRequest = clock();
  }

  /** Counts a request for vectors. */
  countData(client: string, texts: number): void {
    const now = this.#clock();
    this.#requestsOf.set(client, this.#requestsOf.get(client) + 1);
    this.#lastRequestOf.set(client, now);
    this.#leastTexts = Math.min(this.#leastTexts, texts);
    this.#mostTexts = Math.max(this.#mostTexts, texts);
    this.#dataRequests += 1;
    this.#texts += texts;
    this.#intervals.push(Math.max(shortestInterval, now - this.#lastRequest));
    if (this.#intervals.length > rememberedIntervals) this.#intervals.shift();
    this.#lastRequest = now;
  }

  /** Counts a request for the configuration or the status, or to end. */
  countSystem(client: string): void {
    this.#requestsOf.set(client, this.#requestsOf.get(client) + 1);
    this.#systemRequests += 1;
  }

  /** `statistic` in the status. Figures are left out while nothing was counted that they are of. */
  figures(): JsonRecord {
    const clients = this.#requestsOf.figures();
    return {
      num_data_request: this.#dataRequests,
      num_total_seq: this.#texts,
      num_sys_request: this.#systemRequests,
      num_total_request: this.#dataRequests + this.#systemRequests,
      num_total_client: this.#requestsOf.size,
      num_active_client: this.#countActive(),
      ...(clients && {
        avg_request_per_client: clients.average,
        min_request_per_client: clients.least,
        max_request_per_client: clients.most,
        num_min_request_per_client: clients.withLeast,
        num_max_request_per_client: clients.withMost,
      }),
      ...(this.#dataRequests > 0 && {
        avg_size_per_request: this.#texts / this.#dataRequests,
        min_size_per_request: this.#leastTexts,
        max_size_per_request: this.#mostTexts,
        // The original counts different sizes, not requests, that are the least and the most: always one.
        num_min_size_per_request: 1,
        num_max_size_per_request: 1,
      }),
      ...extremes('last_two_interval', this.#intervals),
      ...extremes(
        'request_per_second',
        this.#intervals.map((seconds) => 1 / seconds),
      ),
    };
  }

  #countActive(): number {
    const now = this.#clock();
    let active = 0;
    for (const time of this.#lastRequestOf.values()) if (now - time < activeSeconds) active += 1;
    return active;
  }
}

function extremes(name: string, values: readonly number[]): JsonRecord {
  if (values.length === 0) return {};
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  return {
    [`avg_${name}`]: sum / values.length,
    [`min_${name}`]: least,
    [`max_${name}`]: most,
    [`num_min_${name}`]: values.filter((value) => value === least).length,
    [`num_max_${name}`]: values.filter((value) => value === most).length,
  };
}
