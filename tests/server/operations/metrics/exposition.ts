// Reads Prometheus' text format as its documentation words it: a second opinion on what the service writes.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const pattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new Error(`no labels: ${text}`);
    if (Object.hasOwn(labels, match[1])) throw new Error(`${match[1]} twice: ${text}`);
    labels[match[1]] = unescape(match[2]);
  }
  return labels;
}

function readNumber(text: string): number {
  const infinities: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity };
  if (Object.hasOwn(infinities, text)) return infinities[text];
  if (text !== 'NaN' && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text))
    throw new Error(`no number: ${text}`);
  return Number(text);
}

/** Histograms: buckets rise to +Inf, which is the count. */
function checkHistograms({ types, samples }: Exposition): void {
  for (const [name, type] of types) {
    if (type !== 'histogram') continue;
    const buckets = new Map<string, Sample[]>();
    for (const sample of samples.filter((one) => one.name === `${name}_bucket`)) {
      const others = Object.entries(sample.labels).filter(([name]) => name !== 'le');
      const key = JSON.stringify(Object.fromEntries(others));
      buckets.set(key, [...(buckets.get(key) ?? []), sample]);
    }
    for (const [key, series] of buckets) {
      const count = samples.find(
        (one) => one.name === `${name}_count` && JSON.stringify(one.labels) === key,
      );
      const isRising = series.every(
        ({ labels, value }, index) =>
          index === 0 ||
          (readNumber(labels.le) > readNumber(series[index - 1].labels.le) &&
            value >= series[index - 1].value),
      );
      const last = series[series.length - 1];
      if (!isRising || last.labels.le !== '+Inf' || last.value !== count?.value) {
        throw new Error(`${name}${key} is no histogram`);
      }
    }
  }
}

/** Throws where the text is not in the format. */
export function readExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  const series = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment !== null) {
      family = comment[2];
      if (comment[1] === 'TYPE') {
        if (types.has(family)) throw new Error(`a second ${line}`);
        types.set(family, comment[3]);
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{.*\})?) (\S+)$/s.exec(line);
    if (sample === null) throw new Error(`no sample: ${line}`);
    const base =
      types.get(family) === 'histogram' ? sample[1].replace(/_(bucket|sum|count)$/, '') : sample[1];
    if (base !== family) throw new Error(`${line} stands under ${family}`);
    const identity = `${sample[1]}${sample[2]}`;
    if (series.has(identity)) throw new Error(`${identity} twice`);
    series.add(identity);
    samples.push({
      name: sample[1],
      labels: readLabels(sample[2].slice(1, -1)),
      value: readNumber(sample[3]),
    });
  }
  const exposition = { types, samples };
  checkHistograms(exposition);
  return exposition;
}
