import { BlockList } from 'node:net';
import { NamedRooms } from '@linchpin/fairness';
import {
  HttpConnectionEvents,
  HttpsServer,
  parseRequestTarget,
} from '@linchpin/platform/http-server';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { issueCertificate, type IssuedCertificate } from '@linchpin/testing';
import { DeviceCallEvents } from '../device-call-events.js';
import { FakeDeviceMessages } from '../domain/device-messages.fake.js';
import { FakeFileUploads } from '../domain/file-uploads.fake.js';
import { fakeLimiters } from '../domain/hub-limiters.fake.js';
import { openerWithFakes } from '../domain/open-session.fake.js';
import { FakeTelemetryLog } from '../domain/telemetry-log.fake.js';
import { GatewayEvents } from '../events.js';
import { FakeHttpClient } from './client.fake.js';
import { findDeviceCall } from './device-call.js';
import { DeviceCalls } from './device-calls.js';

interface FakeHttpGatewayOptions {
  readonly bodyBytesMax?: number;
  readonly requestTimeoutMs?: number;
}

const server = issueCertificate({ subject: 'h.example.net' });

/** A gateway of which only the engines are fakes; clients reach its calls by TLS. What is no call is answered with 404. */
export class FakeHttpGateway {
  readonly world = openerWithFakes();
  readonly authenticator = this.world.authenticator;
  readonly table = this.world.table;
  readonly log = new FakeTelemetryLog();
  readonly messages = new FakeDeviceMessages();
  readonly uploads = new FakeFileUploads();
  readonly limiters = fakeLimiters(this.world.budgets);
  readonly metrics = createMetrics('gateway');
  /** Lines of the log, each an object. */
  readonly lines: Record<string, unknown>[] = [];
  readonly bodies: NamedRooms;
  readonly #clients: FakeHttpClient[] = [];
  #https: HttpsServer | undefined;

  private constructor({ bodyBytesMax = 10_000_000 }: FakeHttpGatewayOptions) {
    this.bodies = new NamedRooms(bodyBytesMax);
  }

  static async start(options: FakeHttpGatewayOptions = {}): Promise<FakeHttpGateway> {
    const gateway = new FakeHttpGateway(options);
    await gateway.#listen(options);
    return gateway;
  }

  async connect(certificate?: IssuedCertificate): Promise<FakeHttpClient> {
    const client = await FakeHttpClient.connect(this.#https?.ports[0] ?? 0, certificate);
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.#clients) {
      socket.destroy();
    }
    await this.#https?.stop(1_000);
  }

  async #listen({ requestTimeoutMs = 10_000 }: FakeHttpGatewayOptions): Promise<void> {
    const write = (line: string): unknown => this.lines.push(JSON.parse(line) as never);
    const logger = createLogger({ service: 'gateway', level: 'debug', destination: { write } });
    const { world, table, log: telemetryLog, messages, uploads, limiters, bodies } = this;
    const calls = new DeviceCalls({
      ...{ opener: world.opener, table, limiters, telemetryLog, messages, uploads, bodies },
      events: new GatewayEvents(logger, this.metrics),
      callEvents: new DeviceCallEvents(logger, this.metrics),
    });
    this.#https = await HttpsServer.start({
      variable: 'LINCHPIN_HTTPS_LISTEN',
      listen: [{ host: '127.0.0.1', port: 0 }],
      certificates: { secureContextOptions: { cert: server.certificate, key: server.key } },
      proxies: new BlockList(),
      handshakeTimeoutMs: 10_000,
      limits: {
        connectionsMax: 100,
        connectionsPerAddressMax: 100,
        headersTimeoutMs: requestTimeoutMs,
        requestTimeoutMs,
        keepAliveTimeoutMs: 60_000,
      },
      headerBytesMax: 64 * 1024,
      asksForCertificate: true,
      events: new HttpConnectionEvents(logger, this.metrics),
      listener: (request, response, begun) => {
        const target = parseRequestTarget(request.url ?? '');
        const call = findDeviceCall(request.method ?? '', target);
        if (call === undefined) {
          response.writeHead(404).end();
        } else {
          calls.answer({ request, response, begun }, call);
        }
      },
    });
  }
}
