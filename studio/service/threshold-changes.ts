// Changes thresholds at run time: PUT v1/classifiers/NAME/thresholds, for holders of an admin key.
import { list, members, number, text } from './json-members.js';
import type { ServiceClient } from './service-client.js';

/** What a change does to recent traffic. */
interface FlagRateChange {
  readonly label: string;
  /** Shares of texts, from 0 to 1; undefined where there was no traffic. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export interface ThresholdChange {
  /** Whether it was only asked what it would do. */
  readonly isDry: boolean;
  readonly version: number | undefined;
  /** Texts of recent traffic that the rates are of. */
  readonly texts: number;
  readonly rates: readonly FlagRateChange[];
}

function readRate(entry: unknown): FlagRateChange | undefined {
  const record = members(entry);
  const label = text(record.label);
  if (label === undefined) return undefined;
  return { label, before: number(record.before), after: number(record.after) };
}

/** Puts thresholds in force, by label; with `isDry` only says what that would do. */
export async function putThresholds(
  client: ServiceClient,
  model: string,
  thresholds: Readonly<Record<string, number>>,
  { adminKey, isDry }: { readonly adminKey: string; readonly isDry: boolean },
): Promise<ThresholdChange> {
  const path = `v1/classifiers/${encodeURIComponent(model)}/thresholds`;
  const key = adminKey === '' ? {} : { key: adminKey };
  const body = { thresholds, dry_run: isDry };
  const record = members(await client.json(path, { method: 'PUT', body, ...key }));
  const recent = members(record.recent);
  return {
    isDry,
    version: number(record.thresholds_version),
    texts: number(recent.texts) ?? 0,
    rates: list(recent.flag_rates, readRate),
  };
}
