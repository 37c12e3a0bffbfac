import type { ClientSource } from '@linchpin/auth';
import type { EndCause } from '@linchpin/wire';
import type { DeviceConnection } from './device-connection.js';

/** Ends at once and remembers why. */
export class FakeConnection implements DeviceConnection {
  cause: EndCause | undefined;
  isProven = false;
  readonly client: ClientSource;
  /** What `end` waits for. */
  stored: Promise<void> = Promise.resolve();

  constructor(
    readonly id: string,
    address = '192.0.2.1',
  ) {
    this.client = { address, tlsVersion: '1.3' };
  }

  get isEnded(): boolean {
    return this.cause !== undefined;
  }

  proven(): void {
    this.isProven = true;
  }

  downlink(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  end(cause: EndCause): Promise<void> {
    this.cause ??= cause;
    return this.stored;
  }

  drain(): Promise<void> {
    return this.end('gateway-stopped');
  }
}
