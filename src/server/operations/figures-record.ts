// What GET /v1/figures answers: the service at a glance, and its last minutes as short series.

/** Latencies in milliseconds; null while there was nothing to measure. */
export interface LatencyFigures {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** One classifier's recent traffic. */
export interface ModelFigures {
  readonly name: string;
  readonly version: string;
  readonly thresholdsVersion: number;
  /** Texts that the window holds, and may hold; flag rates are over these. */
  readonly windowTexts: number;
  readonly windowCapacity: number;
  readonly labels: readonly {
    readonly label: string;
    readonly threshold: number;
    /** Of the window's texts, those at or above the threshold, 0 to 1; null while it is empty. */
    readonly flagRate: number | null;
    readonly meanScore: number | null;
    /** Of the window's scores, those in [0, 0.1), [0.1, 0.2), .. [0.9, 1]: ten counts. */
    readonly histogram: readonly number[];
  }[];
}

/** Each list goes from the oldest step to the newest; the last one is not over yet. */
export interface FigureSeries {
  readonly stepSeconds: number;
  /** Unix time in seconds at which the first step begins. */
  readonly start: number;
  readonly requestsPerSecond: readonly number[];
  readonly textsPerSecond: readonly number[];
  /** Answers with a status of 500 and above, but not 503, a second. */
  readonly errorsPerSecond: readonly number[];
  /** Answers with 429 or 503, a second. */
  readonly refusedPerSecond: readonly number[];
  /** Milliseconds; null for a step without requests. */
  readonly p50: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

export interface ServiceFigures {
  /** ISO 8601. */
  readonly time: string;
  readonly uptimeSeconds: number;
  /** Over the last minute. */
  readonly lastMinute: {
    readonly requestsPerSecond: number;
    readonly textsPerSecond: number;
    readonly tokensPerSecond: number;
    readonly errorsPerSecond: number;
    readonly refusedPerSecond: number;
    readonly latency: LatencyFigures;
  };
  readonly sinceStart: {
    readonly requests: number;
    readonly texts: number;
    readonly errors: number;
    readonly refused: number;
  };
  readonly requestsAtWork: number;
  readonly queue: { readonly requests: number; readonly texts: number };
  readonly workers: { readonly alive: number; readonly restarts: number };
  readonly eventLoopLagMilliseconds: { readonly mean: number; readonly p99: number };
  readonly memoryBytes: number;
  readonly models: readonly ModelFigures[];
  readonly series: FigureSeries;
}
