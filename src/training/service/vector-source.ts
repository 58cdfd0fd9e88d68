// One running encoder service, as training needs it: what it is, and vectors for texts.

/** A status by the names of bert-as-service, as it came: nothing of it is checked. */
export type ServiceStatus = Readonly<Record<string, unknown>>;

/** Vectors for the texts of one request. */
export interface ServiceVectors {
  /** Row-major, in the order of the texts. */
  readonly data: Float32Array;
  /** [texts, width], or what else the service makes of texts. */
  readonly shape: readonly number[];
}

/** One running service. Calls may overlap. */
export interface VectorSource {
  /** As it was given: `tcp://host:5555`. */
  readonly address: string;
  /**
   * What the service says of itself.
   * @throws PolytagError SERVICE_SILENT, SERVICE_REFUSED
   */
  status(): Promise<ServiceStatus>;
  /** @throws PolytagError SERVICE_SILENT, SERVICE_REFUSED */
  encode(texts: readonly string[]): Promise<ServiceVectors>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
