// The process itself as metrics, under the names that Prometheus' own libraries gave them: dashboards know these.
import type { EventLoopLag } from './event-loop-lag.js';
import { Gauge, type MetricFamily } from './metric-family.js';

function gauge(name: string, help: string, read: () => number): Gauge {
  const give = (set: (value: number) => void): void => {
    set(read());
  };
  return new Gauge(name, help, [], give, name.endsWith('_total') ? 'counter' : 'gauge');
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function lagMetrics(lag: EventLoopLag): MetricFamily[] {
  const late = (figure: string, help: string, read: () => number): Gauge =>
    gauge(
      `nodejs_eventloop_lag_${figure}_seconds`,
      `${help}, over the last 10 to 20 seconds.`,
      () => read() / 1000,
    );
  return [
    late('mean', 'How late timers fired on average', () => lag.figures().meanMilliseconds),
    late('p99', 'How late timers fired, the 99th percentile', () => lag.figures().p99Milliseconds),
    late('max', 'How late a timer fired at most', () => lag.figures().maxMilliseconds),
  ];
}

/** Memory, processor time, start and the event loop. */
export function processMetrics(lag: EventLoopLag): MetricFamily[] {
  const start = Date.now() / 1000 - process.uptime();
  const memory = process.memoryUsage;
  return [
    gauge('process_cpu_seconds_total', 'Processor time, threads included, in seconds.', cpuSeconds),
    gauge('process_start_time_seconds', 'Start of the process, in Unix time.', () => start),
    gauge('process_resident_memory_bytes', 'Resident memory.', () => memory.rss()),
    gauge('nodejs_heap_size_used_bytes', "The main thread's heap in use.", () => memory().heapUsed),
    gauge('nodejs_external_memory_bytes', 'Buffers beside the heap.', () => memory().external),
    ...lagMetrics(lag),
    new Gauge('nodejs_version_info', 'The version of Node.js.', ['version'], (set) => {
      set(1, process.version);
    }),
  ];
}
