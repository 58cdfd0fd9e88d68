// A service in memory, whose vectors tell which text they are of, and which can fail in every way.
import { polytagError } from '../../../src/errors/index.js';
import type {
  ServiceStatus,
  ServiceVectors,
  VectorSource,
} from '../../../src/training/service/vector-source.js';

/** What a bert-as-service of the usual flags says of itself. */
export const usualStatus: ServiceStatus = {
  max_seq_len: 25,
  do_lower_case: true,
  pooling_layer: [-2],
  pooling_strategy: 2,
  mask_cls_sep: false,
  no_special_token: false,
  no_position_embeddings: false,
  fp16: false,
  model_dir: '/models/tiny',
  tuned_model_dir: null,
  ckpt_name: 'bert_model.ckpt',
  config_name: 'bert_config.json',
  server_version: '1.10.0',
  tensorflow_version: ['1', '15', '0'],
  server_start_time: '2019-07-01 12:00:00',
};

/** The vector of a text: its length, and its first characters' codes. */
export function vectorOf(text: string, width: number): number[] {
  return Array.from({ length: width }, (_, at) =>
    at === 0 ? text.length : (text.codePointAt(at - 1) ?? 0),
  );
}

/** How a fake service behaves. */
export interface FakeServiceOptions {
  readonly width?: number;
  readonly status?: ServiceStatus;
  /** Called before each answer with the texts; may throw, wait, or never end. */
  readonly beforeAnswer?: (texts: readonly string[], service: FakeService) => Promise<void> | void;
}

/** A service in memory. */
export class FakeService implements VectorSource {
  reported: ServiceStatus;
  isDead = false;
  isClosed = false;
  /** All texts that it was asked for. */
  readonly asked: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  mostTexts = 0;

  constructor(
    readonly address: string,
    private readonly options: FakeServiceOptions = {},
  ) {
    this.reported = options.status ?? usualStatus;
  }

  async status(): Promise<ServiceStatus> {
    await nextTurn();
    this.#live();
    return this.reported;
  }

  async encode(texts: readonly string[]): Promise<ServiceVectors> {
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    this.mostTexts = Math.max(this.mostTexts, texts.length);
    this.asked.push(...texts);
    try {
      await nextTurn();
      this.#live();
      await this.options.beforeAnswer?.(texts, this);
      this.#live();
      const { width = 3 } = this.options;
      const data = Float32Array.from(texts.flatMap((text) => vectorOf(text, width)));
      return { data, shape: [texts.length, width] };
    } finally {
      this.underWay--;
    }
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  #live(): void {
    if (this.isDead) {
      throw polytagError('SERVICE_SILENT', { address: this.address, milliseconds: 5000 });
    }
  }
}

/** Lets everything that is ready go first. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
