// What the service does right now, and did in its last minutes.
import type { JSX } from 'preact';
import {
  agoText,
  countText,
  durationText,
  millisecondsText,
  rateText,
  scaleText,
} from '../../charts/figure-text.js';
import { FigureTile } from '../../charts/figure-tile.js';
import type { SeriesPoint } from '../../charts/series-path.js';
import { TimeChart } from '../../charts/time-chart.js';
import type { FigureSeries, ServiceFigures } from '../../service/figures.js';
import type { ViewProps } from '../shell/studio.js';
import { type FiguresWork, useFigures } from './figures-work.js';
import { FlagRateTable } from './flag-rates.js';

interface FiguresProps {
  readonly figures: ServiceFigures;
}

function pointsOf({ series }: ServiceFigures, values: FigureSeries): SeriesPoint[] {
  const { start, stepSeconds } = series;
  return values.map((value, step) => ({ time: start + 1000 * stepSeconds * step, value }));
}

/** The time that charts show: the steps that there are. */
function shownTime({ series }: ServiceFigures): { readonly start: number; readonly end: number } {
  const steps = Math.max(2, series.requests.length);
  return { start: series.start, end: series.start + 1000 * series.stepSeconds * (steps - 1) };
}

function Tiles({ figures }: FiguresProps): JSX.Element {
  const time = shownTime(figures);
  const { series, latency, sinceStart } = figures;
  const [median, unit = ''] = millisecondsText(latency.p50).split(' ');
  return (
    <dl class="tiles">
      <FigureTile
        name="Requests"
        value={rateText(figures.requestsPerSecond)}
        unit="/s"
        detail={`${countText(sinceStart.requests)} since the start`}
        points={pointsOf(figures, series.requests)}
        {...time}
      />
      <FigureTile
        name="Texts"
        value={rateText(figures.textsPerSecond)}
        unit="/s"
        detail={`${countText(sinceStart.texts)} since the start`}
        points={pointsOf(figures, series.texts)}
        {...time}
      />
      <FigureTile
        name="Latency"
        value={median}
        unit={`${unit} median`}
        detail={`99 % within ${millisecondsText(latency.p99)}`}
        points={pointsOf(figures, series.p50)}
        {...time}
      />
      <FigureTile
        name="Refused or failed"
        value={countText((sinceStart.refused ?? 0) + (sinceStart.errors ?? 0))}
        unit=""
        detail={`${countText(sinceStart.refused)} refused, ${countText(sinceStart.errors)} failed`}
        points={pointsOf(figures, series.refused)}
        {...time}
      />
    </dl>
  );
}

function Charts({ figures }: FiguresProps): JSX.Element {
  const time = shownTime(figures);
  const startLabel = agoText((time.end - time.start) / 1000);
  const { series, latency } = figures;
  return (
    <div class="charts">
      <TimeChart
        title="Texts and requests a second"
        summary={`Texts and requests a second over time, over the last minute ${rateText(figures.textsPerSecond)} texts and ${rateText(figures.requestsPerSecond)} requests.`}
        series={[
          { name: 'texts', points: pointsOf(figures, series.texts) },
          { name: 'requests', points: pointsOf(figures, series.requests) },
        ]}
        format={scaleText}
        startLabel={startLabel}
        {...time}
      />
      <TimeChart
        title="Latency"
        summary={`Latency over time, over the last minute ${millisecondsText(latency.p50)} at the median and ${millisecondsText(latency.p99)} for 99 % of requests.`}
        series={[
          { name: 'median', points: pointsOf(figures, series.p50) },
          { name: '99 %', points: pointsOf(figures, series.p99) },
        ]}
        format={(value) => `${scaleText(value)} ms`}
        startLabel={startLabel}
        {...time}
      />
      <TimeChart
        title="Refused and failed a second"
        summary="Requests refused for want of room, and requests that failed, a second over time."
        series={[
          { name: 'refused', points: pointsOf(figures, series.refused) },
          { name: 'failed', points: pointsOf(figures, series.errors) },
        ]}
        format={scaleText}
        startLabel={startLabel}
        {...time}
      />
    </div>
  );
}

function memoryText(bytes: number | undefined): string {
  return bytes === undefined ? '–' : `${countText(bytes / 2 ** 20)} MiB`;
}

function PresentTable({ figures }: FiguresProps): JSX.Element {
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['Up for', durationText(figures.uptimeSeconds)],
    ['Requests at work', countText(figures.requestsAtWork)],
    ['Requests waiting', countText(figures.queuedRequests)],
    ['Texts waiting', countText(figures.queuedTexts)],
    ['Tokens a second', rateText(figures.tokensPerSecond)],
    ['Latency, 95 %', millisecondsText(figures.latency.p95)],
    ['Workers', countText(figures.workers)],
    ['Worker restarts', countText(figures.workerRestarts)],
    ['Memory', memoryText(figures.memoryBytes)],
  ];
  return (
    <section class="card" aria-label="Right now">
      <table>
        <caption>Right now</caption>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Connection({ work }: { readonly work: FiguresWork }): JSX.Element {
  const isLost = work.problem !== undefined;
  return (
    <p class={isLost ? 'connection connection-lost' : 'connection'} role="status">
      {isLost ? `Not live: ${work.problem}` : work.figures === undefined ? 'Connecting' : 'Live'}
    </p>
  );
}

export function LiveView({ session, classifier }: ViewProps): JSX.Element {
  const work = useFigures(session.client, classifier.name);
  const { figures } = work;
  const model = figures?.models.find(({ name }) => name === classifier.name);
  return (
    <div class="view">
      <header class="view-head">
        <h1>Live figures</h1>
        <Connection work={work} />
      </header>
      {figures !== undefined && (
        <>
          <Tiles figures={figures} />
          <Charts figures={figures} />
          <div class="live-tables">
            {model !== undefined && <FlagRateTable model={model} flagRates={work.flagRates} />}
            <PresentTable figures={figures} />
          </div>
        </>
      )}
    </div>
  );
}
