// Thresholds as a terminal shows them: what those of now and those chosen come to, label by label.
import type { Share, ThresholdFigures, ThresholdProposal } from '../../classifier/index.js';
import { printable } from './display-text.js';
import { formatTable } from './table.js';

/** What is said beside the figures. */
interface ProposalsOptions {
  /** The version that was stored; undefined where nothing was. */
  readonly written: number | undefined;
  /** Whether a goal was set: without one, labels that keep their threshold need no reason. */
  readonly hasGoal: boolean;
  /** Where it will be printed to: styles appear only if it shows them. */
  readonly stream: NodeJS.WritableStream;
}

/** The table, why labels keep theirs, and what became of it. */
export function formatProposals(
  proposals: readonly ThresholdProposal[],
  { written, hasGoal, stream }: ProposalsOptions,
): string {
  const number = (header: string, group: string) => ({ header, align: 'right', group }) as const;
  const group = (name: string) =>
    ['threshold', 'precision', 'recall', 'F1', 'flagged'].map((header) => number(header, name));
  const columns = [
    { header: 'label', align: 'left' } as const,
    ...group('now'),
    ...group('chosen'),
    number('precision', '95 % interval'),
    number('recall', '95 % interval'),
  ];
  const rows = proposals.map(({ label, old, proposed }) => [
    printable(label),
    ...cells(old),
    ...(proposed === undefined ? ['–', '–', '–', '–', '–'] : cells(proposed)),
    interval(proposed?.precision ?? null),
    interval(proposed?.recall ?? null),
  ]);
  const isAnyChosen = proposals.some(({ proposed }) => proposed !== undefined);
  const kept = hasGoal ? describeKept(proposals) : [];
  const ending =
    written !== undefined
      ? `Stored as version ${written}.`
      : `Nothing was changed${isAnyChosen ? '; --write stores what was chosen' : ''}.`;
  return [formatTable(columns, rows, { stream }), ...kept, ending].join('\n');
}

/** Why labels keep their thresholds, those of the same reason together. */
function describeKept(proposals: readonly ThresholdProposal[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { label, reason } of proposals) {
    if (reason === undefined) continue;
    byReason.set(reason, [...(byReason.get(reason) ?? []), printable(label)]);
  }
  return [...byReason].map(([reason, labels]) =>
    labels.length === 1
      ? `${labels[0]} keeps its threshold: ${reason}`
      : `${labels.join(', ')} keep their thresholds: ${reason}`,
  );
}

function cells({ threshold, precision, recall, f1, flagRate }: ThresholdFigures): string[] {
  const share = (of: Share | null): string => of?.value.toFixed(3) ?? '–';
  const flagged = flagRate === null ? '–' : `${(100 * flagRate.value).toFixed(2)} %`;
  return [threshold.toFixed(4), share(precision), share(recall), f1?.toFixed(3) ?? '–', flagged];
}

function interval(of: Share | null): string {
  return of === null ? '–' : `${of.low.toFixed(3)}–${of.high.toFixed(3)}`;
}
