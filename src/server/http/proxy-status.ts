// What GET /status/client tells: in the original, the state of the one client through which HTTP requests went.
import type { JsonRecord } from '../encoder/encoding-service.js';

export class ProxyStatus {
  private begun = 0;
  private readonly pending = new Set<number>();

  /** Counts a request. @returns to be called when it is answered */
  begin(): () => void {
    this.begun += 1;
    const request = this.begun;
    this.pending.add(request);
    return () => {
      this.pending.delete(request);
    };
  }

  /**
   * The keys of BertClient.status.
   * @param config the configuration of the service, for its ports and version
   * @param host where the service listens
   */
  describe(config: JsonRecord, host: string): JsonRecord {
    return {
      identity: 'http',
      num_request: this.begun,
      num_pending_request: this.pending.size,
      pending_request: [...this.pending],
      output_fmt: 'list',
      port: config.port ?? null,
      port_out: config.port_out ?? null,
      server_ip: host,
      client_version: config.server_version ?? null,
      timeout: -1,
      status: 200,
    };
  }
}
