// An encoder service whose figures move each time that they are asked for.
import type { EncodingService, JsonRecord } from '../../src/server/encoder/encoding-service.js';

/** What a client sent, and what it may not do to the page. */
const hostileText = '<img src=x onerror="document.title=1"> is not a list of strings';

export class MovingService implements EncodingService {
  polls = 0;

  encode(): Promise<never> {
    return Promise.reject(new Error('nothing is encoded here'));
  }

  config(): JsonRecord {
    return {};
  }

  status(): JsonRecord {
    this.polls += 1;
    return {
      model_dir: '/models/tiny',
      pooling_strategy: 2,
      pooling_layer: [-2, -1],
      max_seq_len: null,
      cased_tokenization: false,
      server_current_time: `2026-01-01 00:00:${this.polls}`,
      server_version: '1.10.0',
      statistic: {
        num_data_request: 1000 + 10 * this.polls,
        num_total_seq: 2_000_000 + 500 * this.polls,
        num_total_client: 64,
        num_active_client: 12,
      },
      polytag: {
        version: '0.1.0',
        model: 'tiny',
        uptime_seconds: 90_061,
        workers: 2,
        worker_restarts: 3,
        waiting_texts: 77,
        truncated_texts: 4321,
        failed_requests: 5,
        refused_requests: 6,
        dropped_messages: 7,
        dropped_replies: 8,
        latency_ms: { count: 1000, median: 12.34, p95: 56.7, p99: 123.4, max: 20_500 },
        last_errors: Array.from({ length: 20 }, (_, index) => ({
          time: new Date(1_790_000_000_000 + 1000 * index).toISOString(),
          client: '10.0.0.1',
          code: 'REQUEST_INVALID',
          message: `${index}: ${hostileText}`,
        })),
      },
    };
  }
}
