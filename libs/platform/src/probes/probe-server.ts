import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { HostPort } from '../config/fields.js';
import { listenAsSet } from '../lifecycle/setting-fault.js';
import { faultOf, type ReadyCheck } from './ready-check.js';

interface ProbeServerOptions {
  readonly listen: HostPort;
  readonly metrics: Registry;
  /** Each named after what it asks: `postgres`, `kafka`, `registry`. */
  readonly readyChecks: Readonly<Record<string, ReadyCheck>>;
}

type CheckResult = readonly [name: string, faultOrOk: string];

/**
 * `/healthz/live` answers while the event loop turns; `/healthz/ready` answers 200 only when all
 * that the process needs answers and it is not draining; `/metrics` is for Prometheus.
 */
export class ProbeServer {
  readonly #server: Server;
  #draining = false;
  /** For all who ask meanwhile: each check takes a connection to an engine, and anybody may ask. */
  #checking: Promise<readonly CheckResult[]> | undefined;

  private constructor(private readonly options: ProbeServerOptions) {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        reply(response, 500, { error: error instanceof Error ? error.message : String(error) });
      });
    });
  }

  static async start(options: ProbeServerOptions): Promise<ProbeServer> {
    const probes = new ProbeServer(options);
    await listenAsSet('LINCHPIN_PROBE_LISTEN', () => {
      probes.#server.listen(options.listen.port, options.listen.host);
      return once(probes.#server, 'listening');
    });
    return probes;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on not ready, so that no new work is sent here while the process finishes its own. */
  drain(): void {
    this.#draining = true;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url) {
      case '/healthz/live':
        reply(response, 200, { status: 'live' });
        return;
      case '/healthz/ready':
        await this.#answerReady(response);
        return;
      case '/metrics':
        response.setHeader('Content-Type', this.options.metrics.contentType);
        response.end(await this.options.metrics.metrics());
        return;
      default:
        reply(response, 404, { error: 'try /healthz/live, /healthz/ready or /metrics' });
    }
  }

  async #answerReady(response: ServerResponse): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    const checks = await this.#checking;
    const ready = !this.#draining && checks.every(([, result]) => result === 'ok');
    reply(response, ready ? 200 : 503, {
      status: this.#draining ? 'draining' : ready ? 'ready' : 'not ready',
      checks: Object.fromEntries(checks),
    });
  }

  #check(): Promise<readonly CheckResult[]> {
    const checks = Object.entries(this.options.readyChecks).map(async ([name, check]) => {
      const fault = await faultOf(check);
      return [name, fault ?? 'ok'] as const;
    });
    return Promise.all(checks);
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
