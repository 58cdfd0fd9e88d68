// Encodes the texts of a run's tables by running services, through the cache.
import { polytagError } from '../../errors/index.js';
import { type EncodedTable, encodeRows, type RowEncoder } from '../encoded-rows.js';
import { openCache } from '../encoding-cache.js';
import type { TrainingRequest } from '../training-outcome.js';
import { BertClientSource } from './bert-client-source.js';
import { ServiceEncoder } from './service-encoder.js';
import { contentKeyOf, readServiceSettings } from './service-identity.js';
import { isServiceReference, parseServiceReference } from './service-reference.js';

/**
 * Connects to running services, which must all be the same.
 *
 * @param reference `tcp://host:5555`, several with commas between
 * @throws PolytagError OPTION_INVALID; SERVICE_SILENT, SERVICE_REFUSED, SERVICE_UNUSABLE, SERVICES_DIFFER;
 *   the signal's reason
 */
export async function openServices(
  reference: string,
  options: Pick<TrainingRequest, 'signal' | 'onWarning'>,
): Promise<ServiceEncoder> {
  const sources = parseServiceReference(reference).map((address) => new BertClientSource(address));
  return ServiceEncoder.open(sources, options);
}

/**
 * Refuses what a service has settled when it was started.
 *
 * @throws PolytagError OPTION_INVALID
 */
export function checkServiceRequest(request: TrainingRequest): void {
  const { encoder = '', features, maxLength, truncation, windows, tuning } = request;
  if (!isServiceReference(encoder)) return;
  parseServiceReference(encoder);
  if (tuning !== undefined) {
    throw polytagError('OPTION_INVALID', {
      option: 'tune',
      value: tuning.mode.kind,
      expected: 'head, because the encoder of a running service is not at hand',
    });
  }
  const settled = Object.entries({ features, maxLength, truncation, windows });
  const given = settled.find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const [option, value] = given;
  throw polytagError('OPTION_INVALID', {
    option,
    value: typeof value === 'object' ? JSON.stringify(value) : String(value),
    expected: 'nothing, because a running service has settled how it encodes',
  });
}

/**
 * Encodes all texts by services.
 *
 * @throws PolytagError as `openServices` and `ServiceEncoder.encode`; the signal's reason
 */
export async function encodeByServices(
  reference: string,
  request: TrainingRequest,
  texts: readonly string[],
): Promise<EncodedTable> {
  const { signal, onProgress, onWarning } = request;
  const encoder = await openServices(reference, { signal, onWarning });
  try {
    const { identity, width, addresses } = encoder;
    const settings = readServiceSettings(addresses[0], identity);
    warnOfUnknowns(encoder, settings.maxLength, onWarning);
    const contentKey = contentKeyOf(identity, width);
    const cache = await openCache(request, contentKey, width);
    const rows = await encodeRows(asRowEncoder(encoder), texts, { cache, signal, onProgress });
    const service = { ...identity, addresses, width };
    return {
      ...rows,
      truncated: null,
      width,
      made: {
        encoder: { reference: addresses.join(','), contentKey, service },
        ...settings,
        truncation: 'head',
      },
    };
  } finally {
    await encoder.close();
  }
}

function asRowEncoder(encoder: ServiceEncoder): RowEncoder {
  return {
    width: encoder.width,
    async *encode(texts, signal) {
      // Which texts are cut no service says; the run's record says that it is not known.
      for await (const values of encoder.encode(texts, signal)) yield { values, truncated: false };
    },
  };
}

function warnOfUnknowns(
  { identity, addresses }: ServiceEncoder,
  maxLength: number | null,
  onWarning: TrainingRequest['onWarning'],
): void {
  const limit = maxLength === null ? "its model's limit" : `${maxLength} tokens`;
  onWarning?.(
    `the service cuts texts after ${limit} and does not say which: how many were cut is not known`,
  );
  if (identity.kind === 'polytag') return;
  onWarning?.(
    `the service at ${addresses[0]} names its model by its folder only (${identity.facts.model_dir}): ` +
      'after other files were put there, train with --no-cache',
  );
}
