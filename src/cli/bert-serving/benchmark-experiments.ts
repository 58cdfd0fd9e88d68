// What a benchmark varies, and how its results are written.
import type { benchmarkFlags } from './benchmark-flags.js';
import type { FlagValues } from './flags/flag.js';
import { pythonText } from './flags/python-text.js';

/** The values of bert-serving-benchmark's flags. */
export type BenchmarkValues = FlagValues<typeof benchmarkFlags>;

/** One setting of an experiment. */
export interface Setting {
  /** As the results show it. */
  readonly shown: number | readonly number[];
  readonly values: BenchmarkValues;
}

/** One flag that is varied. */
export interface Experiment {
  readonly name: string;
  readonly settings: readonly Setting[];
}

/** The speed at one setting; null where the server refused it. */
export interface Measurement {
  readonly shown: Setting['shown'];
  readonly speed: number | null;
}

/** The experiments that have values, in bert-as-service's order. */
export function experimentsOf(values: BenchmarkValues): Experiment[] {
  const vary = (
    name: keyof BenchmarkValues,
    list: readonly number[],
    toValue: (value: number) => Setting['shown'] = (value) => value,
  ): Experiment => ({
    name,
    settings: list.map((item) => ({
      shown: toValue(item),
      values: { ...values, [name]: toValue(item) },
    })),
  });
  return [
    vary('client_batch_size', values.test_client_batch_size),
    vary('max_batch_size', values.test_max_batch_size),
    vary('max_seq_len', values.test_max_seq_len),
    vary('num_client', values.test_num_client),
    vary('pooling_layer', values.test_pooling_layer, (layer) => [layer]),
  ].filter(({ settings }) => settings.length > 0);
}

/** An experiment's results: a table in Markdown, then two lists for plotting, without what was refused. */
export function resultText(name: string, measurements: readonly Measurement[]): string {
  const rows = measurements.map(
    ({ shown, speed }) => `|${pythonText(shown)}\t|${speed ?? 'refused'}|`,
  );
  const done = measurements.filter(({ speed }) => speed !== null);
  const plots = [
    `${name} = ${pythonText(done.map(({ shown }) => shown))}`,
    `speed = ${pythonText(done.map(({ speed }) => speed))}`,
  ];
  return ['', `|\`${name}\`\t|samples/s|`, '|---|---|', ...rows, '', ...plots, ''].join('\n');
}
