import type { ClientSource } from '@linchpin/auth';
import { HubError, type EndCause } from '@linchpin/wire';
import type { DeviceConnection } from './device-connection.js';
import type { DeviceDownlink } from './device-downlink.js';

/** Ends at once and remembers why. */
export class FakeConnection implements DeviceConnection {
  cause: EndCause | undefined;
  isProven = false;
  /** For messages. */
  isListening = true;
  /** That messages wait. */
  hints = 0;
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

  downlink(): Promise<DeviceDownlink> {
    const notOnline = new HubError('DeviceNotOnline', 'It is not subscribed.');
    return Promise.resolve({
      callMethod: () => Promise.reject(notOnline),
      tellDesired: () => Promise.reject(notOnline),
      tellMessagesWait: () => {
        if (!this.isListening) {
          throw notOnline;
        }
        this.hints += 1;
      },
    });
  }

  end(cause: EndCause): Promise<void> {
    this.cause ??= cause;
    return this.stored;
  }

  drain(): Promise<void> {
    return this.end('gateway-stopped');
  }
}
