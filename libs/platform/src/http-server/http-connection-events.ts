/** What a listener of HTTP tells of its connections: metrics, and a log line of those that it ends. */
import type { Logger } from '../logging/index.js';
import { Counter, Gauge, type Registry } from '../metrics/index.js';

export class HttpConnectionEvents {
  readonly #connections: Gauge;
  readonly #refused: Counter<'reason'>;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    const registers = [metrics];
    this.#connections = new Gauge({
      name: 'linchpin_http_server_connections',
      help: 'Open connections, past their TLS handshake.',
      registers,
    });
    this.#refused = new Counter({
      name: 'linchpin_http_server_refused_total',
      help: 'Connections ended because of what arrived, or did not arrive, before it was a request.',
      labelNames: ['reason'],
      registers,
    });
  }

  opened(): void {
    this.#connections.inc();
  }

  closed(): void {
    this.#connections.dec();
  }

  /** @param remoteAddress where it is known whose the connection is */
  refused(reason: string, remoteAddress?: string, detail?: string): void {
    this.#refused.inc({ reason });
    this.logger.debug({ reason, remoteAddress, detail }, 'connection refused');
  }
}
