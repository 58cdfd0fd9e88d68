// The figures over time: four at a glance, three as charts.
import type { JSX } from 'preact';
import { TimeChart } from '../charts/time-chart.js';
import { FigureTile } from '../charts/figure-tile.js';
import {
  agoText,
  countText,
  millisecondsText,
  rateText,
  scaleText,
} from '../charts/figure-text.js';
import { type History, type Sample, seriesOf, shownTime } from './history.js';
import type { ServerStatus } from './server-status.js';

interface HistoryProps {
  readonly history: History;
  readonly status: ServerStatus;
}

const sequenceRate = (sample: Sample): number | undefined => sample.sequenceRate;
const requestRate = (sample: Sample): number | undefined => sample.requestRate;
const activeClients = (sample: Sample): number | undefined => sample.status?.activeClients;
const waitingTexts = (sample: Sample): number | undefined => sample.status?.waitingTexts;
const median = (sample: Sample): number | undefined => sample.status?.latency.median;
const p95 = (sample: Sample): number | undefined => sample.status?.latency.p95;
const p99 = (sample: Sample): number | undefined => sample.status?.latency.p99;

/** A text of milliseconds as its number and its unit. */
function latencyParts(value: number | undefined): readonly [value: string, unit: string] {
  const [figure, unit = ''] = millisecondsText(value).split(' ');
  return [figure, unit];
}

/** A rate of the last sample that has a status: it stays while the connection is lost. */
function lastRate(
  history: History,
  figure: (sample: Sample) => number | undefined,
): number | undefined {
  const last = history.findLast(({ status }) => status !== undefined);
  return last && figure(last);
}

export function FigureTiles({ history, status }: HistoryProps): JSX.Element {
  const time = shownTime(history);
  const [latency, latencyUnit] = latencyParts(status.latency.median);
  return (
    <dl class="tiles">
      <FigureTile
        name="Requests"
        value={rateText(lastRate(history, requestRate))}
        unit="/s"
        detail={`${countText(status.requests)} in all`}
        points={seriesOf(history, requestRate)}
        {...time}
      />
      <FigureTile
        name="Sequences"
        value={rateText(lastRate(history, sequenceRate))}
        unit="/s"
        detail={`${countText(status.sequences)} in all`}
        points={seriesOf(history, sequenceRate)}
        {...time}
      />
      <FigureTile
        name="Latency"
        value={latency}
        unit={`${latencyUnit} median`}
        detail={`99 % within ${millisecondsText(status.latency.p99)}`}
        points={seriesOf(history, median)}
        {...time}
      />
      <FigureTile
        name="Clients"
        value={countText(status.activeClients)}
        unit="active"
        detail={`${countText(status.clients)} in all`}
        points={seriesOf(history, activeClients)}
        {...time}
      />
    </dl>
  );
}

export function FigureCharts({ history, status }: HistoryProps): JSX.Element {
  const time = shownTime(history);
  const startLabel = agoText((time.end - time.start) / 1000);
  const { latency } = status;
  return (
    <div class="charts">
      <TimeChart
        title="Sequences a second"
        summary={`Sequences a second over time, now ${rateText(lastRate(history, sequenceRate))}.`}
        series={[{ name: 'sequences', points: seriesOf(history, sequenceRate) }]}
        format={scaleText}
        startLabel={startLabel}
        {...time}
      />
      <TimeChart
        title="Latency"
        summary={`Latency over time, now ${millisecondsText(latency.median)} at the median, ${millisecondsText(latency.p95)} for 95 % and ${millisecondsText(latency.p99)} for 99 % of requests.`}
        series={[
          { name: 'median', points: seriesOf(history, median) },
          { name: '95 %', points: seriesOf(history, p95) },
          { name: '99 %', points: seriesOf(history, p99) },
        ]}
        format={(value) => `${scaleText(value)} ms`}
        startLabel={startLabel}
        {...time}
      />
      <TimeChart
        title="Texts waiting"
        summary={`Texts waiting over time, now ${countText(status.waitingTexts)}.`}
        series={[{ name: 'texts', points: seriesOf(history, waitingTexts) }]}
        format={scaleText}
        startLabel={startLabel}
        {...time}
      />
    </div>
  );
}
