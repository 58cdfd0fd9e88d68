// Many texts: scored in batches, sorted by any label, filtered by decision, saved as a file.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { durationText } from '../../charts/figure-text.js';
import { routeAddress } from '../session/routing.js';
import type { ViewProps } from '../shell/studio.js';
import { counted, labelText } from '../shell/texts.js';
import {
  countFlagged,
  orderRows,
  type RowFilter,
  type RowOrder,
  type ScoreTable,
} from './row-order.js';
import { saveFile, scoredCsv } from './scored-csv.js';
import { ScoredRows } from './scored-rows.js';
import { LayoutChoice, TableImport } from './table-import.js';
import type { SourceRows } from './table-source.js';
import type { TableWork } from './table-work.js';

function progressText({ progress }: TableWork, rows: number): string {
  switch (progress.state) {
    case 'idle':
      return '';
    case 'scoring':
      // Read aloud: tenths are news, single rows are not.
      return `Scoring, ${Math.floor((10 * progress.done) / rows) * 10} % done`;
    case 'done':
      return `${counted(rows, 'row')} scored in ${durationText(Math.ceil(progress.seconds))}`;
    case 'cancelled':
      return `Cancelled after ${counted(progress.done, 'row')}`;
    case 'failed':
      return `Stopped after ${counted(progress.done, 'row')}. ${progress.problem}`;
  }
}

function Scoring({ work }: { readonly work: TableWork }): JSX.Element | null {
  const { content, progress } = work;
  if (content === undefined) return null;
  if (typeof content === 'string') {
    return (
      <p class="notice" role="alert">
        {content}
      </p>
    );
  }
  const rows = content.rows.length;
  const isScoring = progress.state === 'scoring';
  return (
    <div class="scoring">
      <div class="actions">
        <button class="button button-main" type="button" disabled={isScoring} onClick={work.start}>
          Score {counted(rows, 'row')}
        </button>
        {isScoring && (
          <button class="button" type="button" onClick={work.cancel}>
            Cancel
          </button>
        )}
        <p role="status" class={progress.state === 'failed' ? 'notice' : 'muted'}>
          {progressText(work, rows)}
        </p>
      </div>
      {isScoring && <progress aria-label="Rows scored" value={progress.done} max={rows} />}
    </div>
  );
}

function FilterChoice({
  labels,
  counts,
  filter,
  onFilter,
}: {
  readonly labels: readonly string[];
  readonly counts: ReturnType<typeof countFlagged>;
  readonly filter: RowFilter;
  readonly onFilter: (filter: RowFilter) => void;
}): JSX.Element {
  const number = (count: number): string => count.toLocaleString('en');
  return (
    <div class="field filter-choice">
      <label class="field-name" for="table-filter">
        Show
      </label>
      <select
        id="table-filter"
        class="input"
        value={String(filter)}
        onChange={({ currentTarget: { value } }) => {
          onFilter(value === 'all' || value === 'any' || value === 'none' ? value : Number(value));
        }}
      >
        <option value="all">All rows</option>
        <option value="any">Flagged by any label ({number(counts.any)})</option>
        <option value="none">Not flagged ({number(counts.scored - counts.any)})</option>
        {labels.map((label, index) => (
          <option key={label} value={String(index)}>
            Flagged: {labelText(label)} ({number(counts.byLabel[index])})
          </option>
        ))}
      </select>
    </div>
  );
}

interface ResultsProps extends ViewProps {
  readonly work: TableWork;
  readonly content: SourceRows;
  readonly column: number;
  readonly table: ScoreTable;
  readonly onOpen: (text: string) => void;
}

function Results({ classifier, content, column, table, onOpen }: ResultsProps): JSX.Element {
  const [order, setOrder] = useState<RowOrder>({ by: 'row' });
  const [filter, setFilter] = useState<RowFilter>('all');
  const { labels, thresholds } = classifier;
  const shown = useMemo(
    () => orderRows(table, order, filter, thresholds),
    [table, order, filter, thresholds],
  );
  const counts = useMemo(() => countFlagged(table, thresholds), [table, thresholds]);
  const textOf = (row: number): string => content.rows[row].at(column) ?? '';
  return (
    <section class="card table-results" aria-label="Results">
      <div class="table-tools">
        <FilterChoice labels={labels} counts={counts} filter={filter} onFilter={setFilter} />
        <p class="muted table-count">
          {counted(shown.length, 'row')} shown, {counts.any.toLocaleString('en')} flagged
        </p>
        <button
          class="button"
          type="button"
          onClick={() => {
            saveFile('scores.csv', scoredCsv(content, table, shown, labels, thresholds));
          }}
        >
          Download as CSV
        </button>
      </div>
      <ScoredRows
        caption="Scored rows"
        labels={labels}
        thresholds={thresholds}
        table={table}
        shown={shown}
        order={order}
        textOf={textOf}
        onOrder={setOrder}
        onOpen={(row) => {
          onOpen(textOf(row));
        }}
      />
      <p class="small muted">
        Choose a column to sort by it, and a text to see why it scores as it does. ⚑ marks scores at
        or above their threshold.
      </p>
    </section>
  );
}

export interface TableViewProps extends ViewProps {
  readonly work: TableWork;
  /** Shows a text in the view that explains it. */
  readonly onText: (text: string) => void;
}

export function TableView({ work, onText, ...props }: TableViewProps): JSX.Element {
  const { source, content, table } = work;
  return (
    <div class="view">
      <header class="view-head">
        <h1>Score a table</h1>
        <p class="muted">Texts of a file or a spreadsheet’s column, each scored for every label.</p>
      </header>
      <TableImport work={work} />
      {source !== undefined && (
        <section class="card" aria-label="Scoring">
          <LayoutChoice work={work} />
          <Scoring work={work} />
        </section>
      )}
      {typeof content === 'object' && source !== undefined && table !== undefined && (
        <Results
          work={work}
          content={content}
          column={source.column}
          table={table}
          onOpen={(text) => {
            onText(text);
            location.hash = routeAddress({ view: 'try', model: props.classifier.name });
          }}
          {...props}
        />
      )}
    </div>
  );
}
