// The statistics that bert-as-service's dashboards read: names and meaning, on a clock of our own.
import { expect, it } from 'vitest';
import { Latencies } from '../../../src/server/encoder/latencies.js';
import { RequestStatistics } from '../../../src/server/encoder/request-statistics.js';

it('counts nothing at first', () => {
  expect(new RequestStatistics().figures()).toEqual({
    num_data_request: 0,
    num_total_seq: 0,
    num_sys_request: 0,
    num_total_request: 0,
    num_total_client: 0,
    num_active_client: 0,
  });
});

it('counts requests, texts, clients and the time between', () => {
  let now = 100;
  const statistics = new RequestStatistics(() => now);
  const request = (time: number, client: string, texts?: number): void => {
    now = time;
    if (texts === undefined) statistics.countSystem(client);
    else statistics.countData(client, texts);
  };
  request(102, 'a', 3);
  request(102.5, 'a', 1);
  request(103, 'b');
  request(106.5, 'c', 8);
  now = 285;
  expect(statistics.figures()).toEqual({
    num_data_request: 3,
    num_total_seq: 12,
    num_sys_request: 1,
    num_total_request: 4,
    num_total_client: 3,
    num_active_client: 1,
    avg_request_per_client: 4 / 3,
    min_request_per_client: 1,
    max_request_per_client: 2,
    num_min_request_per_client: 2,
    num_max_request_per_client: 1,
    avg_size_per_request: 4,
    min_size_per_request: 1,
    max_size_per_request: 8,
    num_min_size_per_request: 1,
    num_max_size_per_request: 1,
    avg_last_two_interval: 6.5 / 3,
    min_last_two_interval: 0.5,
    max_last_two_interval: 4,
    num_min_last_two_interval: 1,
    num_max_last_two_interval: 1,
    avg_request_per_second: (0.5 + 2 + 0.25) / 3,
    min_request_per_second: 0.25,
    max_request_per_second: 2,
    num_min_request_per_second: 1,
    num_max_request_per_second: 1,
  });
});

it('remembers 200 intervals, and divides by none', () => {
  let now = 0;
  const statistics = new RequestStatistics(() => now);
  for (let request = 0; request < 300; request++) {
    now = Math.min(request, 250);
    statistics.countData('a', 1);
  }
  // The last 200 requests: 151 a second apart, 49 at the same time.
  expect(statistics.figures()).toMatchObject({
    num_min_request_per_second: 151,
    num_max_request_per_second: 49,
    max_request_per_second: 1e6,
  });
});

it('knows how long the last requests took', () => {
  const latencies = new Latencies(100);
  expect(latencies.figures()).toEqual({ count: 0, median: null, p95: null, p99: null, max: null });
  for (let milliseconds = 1; milliseconds <= 250; milliseconds++) latencies.add(milliseconds);
  expect(latencies.figures()).toEqual({ count: 100, median: 200, p95: 245, p99: 249, max: 250 });
});
