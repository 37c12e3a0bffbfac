/** A device that speaks HTTPS by hand: each request on one connection that is kept (device-https.md). */
import type { DeviceSocketOptions } from './device-socket.js';
import { HttpsSocket, valueOf, type RawAnswer, type RawRequest } from './https-socket.js';
import { tokenOf, type TestIdentity } from './registry.js';

type Call = Partial<RawRequest> & {
  /** Below the device, or its module; with a slash in front. */
  readonly below: string;
  /** Beside `api-version`. */
  readonly query?: string;
  /** In place of the device's own; empty: none. */
  readonly authorization?: string;
};

export class HttpsDevice {
  private constructor(
    readonly identity: TestIdentity,
    readonly socket: HttpsSocket,
  ) {}

  static async connect(
    identity: TestIdentity,
    options: DeviceSocketOptions = {},
  ): Promise<HttpsDevice> {
    return new HttpsDevice(identity, await HttpsSocket.connect(options));
  }

  ask({ below, query = '', authorization, headers = [], ...request }: Call): Promise<RawAnswer> {
    const { deviceId, moduleId, host } = this.identity;
    const device = `/devices/${encodeURIComponent(deviceId)}`;
    const path = moduleId === undefined ? device : `${device}/modules/${moduleId}`;
    const shown = authorization ?? tokenOf(this.identity);
    return this.socket.ask({
      method: 'POST',
      path: `${path}${below}?api-version=2021-04-12${query}`,
      ...request,
      headers: [
        ['Host', host],
        ...(shown === '' ? [] : [['Authorization', shown] as const]),
        ...headers,
      ],
    });
  }

  send(body: string | Buffer, headers: RawRequest['headers'] = []): Promise<RawAnswer> {
    return this.ask({ below: '/messages/events', body, headers });
  }

  sendBatch(batch: unknown): Promise<RawAnswer> {
    const body = typeof batch === 'string' ? batch : JSON.stringify(batch);
    return this.send(body, [['Content-Type', 'application/vnd.microsoft.iothub.json']]);
  }

  receive(query = '', headers: RawRequest['headers'] = []): Promise<RawAnswer> {
    return this.ask({ method: 'GET', below: '/messages/devicebound', query, headers });
  }

  /** @param lockToken without its quotes */
  complete(lockToken: string, query = '', headers: RawRequest['headers'] = []): Promise<RawAnswer> {
    const below = `/messages/devicebound/${lockToken}`;
    return this.ask({ method: 'DELETE', below, query, headers });
  }

  abandon(lockToken: string, more: Partial<Call> = {}): Promise<RawAnswer> {
    return this.ask({ below: `/messages/devicebound/${lockToken}/abandon`, ...more });
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Of a message that was received: its ETag without the quotes. */
export function lockTokenOf({ headers }: RawAnswer): string {
  return /^"(.+)"$/.exec(valueOf(headers, 'etag') ?? '')?.[1] ?? '';
}

export function errorCodeOf({ headers }: RawAnswer): string | undefined {
  return valueOf(headers, 'iothub-errorcode');
}
