// The scored rows: all of them in order, but only those in sight in the page.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { labelText, scoreText } from '../shell/texts.js';
import { isFlagged, type RowOrder, type ScoreTable } from './row-order.js';

export interface ScoredRowsProps {
  readonly caption: string;
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  readonly table: ScoreTable;
  /** Indexes of the rows to show, in order. */
  readonly shown: Uint32Array;
  readonly order: RowOrder;
  readonly textOf: (row: number) => string;
  readonly onOrder: (order: RowOrder) => void;
  readonly onOpen: (row: number) => void;
}

/** As in table.css. */
const rowHeight = 40;
/** Rows beyond the edges, so that scrolling does not show gaps. */
const margin = 10;

function SortHeader({
  label,
  name,
  order,
  onOrder,
}: {
  readonly label: number;
  readonly name: string;
  readonly order: RowOrder;
  readonly onOrder: (order: RowOrder) => void;
}): JSX.Element {
  const own = order.by === 'label' && order.label === label ? order : undefined;
  const direction = own === undefined ? 'none' : own.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={direction} class="score-column">
      <button
        type="button"
        onClick={() => {
          if (own?.descending === false) onOrder({ by: 'row' });
          else onOrder({ by: 'label', label, descending: own === undefined });
        }}
      >
        {name}
        <span class="sort-sign" aria-hidden="true">
          {own === undefined ? '' : own.descending ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}

function ScoreCell({
  table,
  row,
  label,
  thresholds,
}: Pick<ScoredRowsProps, 'table' | 'thresholds'> & {
  readonly row: number;
  readonly label: number;
}): JSX.Element {
  const score = table.scores[row * table.labels + label];
  if (Number.isNaN(score)) return <td class="score-column muted">–</td>;
  return isFlagged(table, row, label, thresholds) ? (
    <td class="score-column">
      <strong class="flagged-score">
        <span aria-hidden="true">⚑ </span>
        {scoreText(score)}
        <span class="unseen"> flagged</span>
      </strong>
    </td>
  ) : (
    <td class="score-column">{scoreText(score)}</td>
  );
}

/** Where the reader is: what is in sight, and which row the arrow keys have come to. */
function useWindow(rows: number) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [current, setCurrent] = useState(0);
  const [height, setHeight] = useState(480);
  const moved = useRef(false);
  useLayoutEffect(() => {
    if (box.current !== null) setHeight(box.current.clientHeight);
  }, [rows]);
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    box.current?.querySelector<HTMLElement>('[data-current]')?.focus({ preventScroll: true });
  });
  const move = (to: number): void => {
    const next = Math.min(Math.max(to, 0), rows - 1);
    moved.current = true;
    setCurrent(next);
    if (box.current === null) return;
    // The head of the table stays at the top and covers a row.
    const offset = next * rowHeight;
    const seen = box.current.clientHeight - 2 * rowHeight;
    const { scrollTop } = box.current;
    box.current.scrollTop = Math.min(Math.max(scrollTop, offset - seen), offset);
    setTop(box.current.scrollTop);
  };
  const first = Math.max(0, Math.floor(top / rowHeight) - margin);
  const last = Math.min(rows, Math.ceil((top + height) / rowHeight) + margin);
  return { box, first, last, current: Math.min(current, Math.max(0, rows - 1)), move, setTop };
}

function keyTarget(key: string, current: number, rows: number): number | undefined {
  const page = 10;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    PageDown: current + page,
    PageUp: current - page,
    Home: 0,
    End: rows - 1,
  };
  return targets[key];
}

function Row(
  props: ScoredRowsProps & {
    readonly place: number;
    readonly isCurrent: boolean;
  },
): JSX.Element {
  const { place, isCurrent, shown, labels, textOf, onOpen } = props;
  const row = shown[place];
  const text = textOf(row);
  return (
    <tr aria-rowindex={place + 2}>
      <td class="row-number muted">{(row + 1).toLocaleString('en')}</td>
      <th scope="row" class="row-text">
        <button
          type="button"
          tabIndex={isCurrent ? 0 : -1}
          {...(isCurrent ? { 'data-current': '' } : {})}
          title={text.slice(0, 600)}
          onClick={() => {
            onOpen(row);
          }}
        >
          {text.trim() === '' ? <span class="muted">(empty)</span> : text.slice(0, 300)}
        </button>
      </th>
      {labels.map((name, label) => (
        <ScoreCell key={name} {...props} row={row} label={label} />
      ))}
    </tr>
  );
}

function Gap({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows === 0) return null;
  return (
    <tr aria-hidden="true" class="row-gap">
      <td colSpan={columns} style={{ height: `${rows * rowHeight}px` }} />
    </tr>
  );
}

function RowsHead({
  labels,
  order,
  onOrder,
}: Pick<ScoredRowsProps, 'labels' | 'order' | 'onOrder'>): JSX.Element {
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="row-number">
          <span class="unseen">Row</span>
          <span aria-hidden="true">#</span>
        </th>
        <th scope="col" class="row-text">
          Text
        </th>
        {labels.map((name, label) => (
          <SortHeader
            key={name}
            label={label}
            name={labelText(name)}
            order={order}
            onOrder={onOrder}
          />
        ))}
      </tr>
    </thead>
  );
}

export function ScoredRows(props: ScoredRowsProps): JSX.Element {
  const { caption, labels, shown, order, onOrder } = props;
  const { box, first, last, current, move, setTop } = useWindow(shown.length);
  const columns = labels.length + 2;
  const places = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  // Tab leads into the rows in sight wherever they are scrolled to.
  const entry = current >= first && current < last ? current : first;
  return (
    <div
      ref={box}
      class="rows-box"
      role="group"
      aria-label={`${caption}; arrow keys go from row to row`}
      tabIndex={0}
      onScroll={(event) => {
        setTop(event.currentTarget.scrollTop);
      }}
      onKeyDown={(event) => {
        const to = keyTarget(event.key, entry, shown.length);
        if (to === undefined || shown.length === 0) return;
        event.preventDefault();
        move(to);
      }}
    >
      <table
        aria-rowcount={shown.length + 1}
        class="scored-rows"
        style={{ minWidth: `${16 + 7 * labels.length}rem` }}
      >
        <caption class="unseen">{caption}</caption>
        <RowsHead labels={labels} order={order} onOrder={onOrder} />
        <tbody>
          <Gap rows={first} columns={columns} />
          {places.map((place) => (
            <Row key={shown[place]} {...props} place={place} isCurrent={place === entry} />
          ))}
          <Gap rows={shown.length - Math.max(first, last)} columns={columns} />
        </tbody>
      </table>
    </div>
  );
}
