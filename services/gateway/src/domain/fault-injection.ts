/**
 * The faults that the SDKs' own end-to-end suites ask a test hub for, by properties of a telemetry
 * message (device-mqtt.md section 17.7). Served only behind a switch; otherwise such a message is
 * ordinary telemetry.
 */
import { HubError, type MessageProperties } from '@linchpin/wire';
import type { DeviceConnection } from './device-connection.js';

/** What a device meets while a fault lasts. */
export type Fault =
  /** Its sockets are closed without a word. */
  | 'drop-connects'
  /** It is told that it is not authorized. */
  | 'refuse-connects'
  /** It is let in, and each message ends its connection. */
  | 'refuse-messages';

/** Keeps faults for all gateways; each ends by itself. */
export interface FaultStore {
  set(identityKey: string, fault: Fault, durationMs: number): Promise<void>;
  find(identityKey: string): Promise<Fault | undefined>;
}

/** The connection is closed without CONNACK. */
export class ConnectDropped extends Error {
  override readonly name = 'ConnectDropped';
}

const secondsMax = 300;

export class FaultInjector {
  constructor(private readonly store: FaultStore) {}

  /** Does what the message asks for, if it asks for a fault. */
  inspect(message: MessageProperties, identityKey: string, connection: DeviceConnection): void {
    const values = new Map(message.properties);
    const fault = faults.get(values.get('AzIoTHub_FaultOperationType') ?? '');
    if (fault === undefined) {
      return;
    }
    const durationMs = milliseconds(values.get('AzIoTHub_FaultOperationDurationInSecs'));
    const begin = async (): Promise<void> => {
      await this.#keep(fault, identityKey, durationMs);
      await connection.end('connection-lost');
    };
    const delayMs = milliseconds(values.get('AzIoTHub_FaultOperationDelayInSecs'));
    setTimeout(() => void begin(), delayMs).unref();
  }

  /**
   * @returns whether each message must end the connection
   * @throws ConnectDropped, HubError when the identity may not connect for now
   */
  async admit(identityKey: string): Promise<boolean> {
    const fault = await this.store.find(identityKey);
    switch (fault) {
      case 'drop-connects':
        throw new ConnectDropped('a fault was injected');
      case 'refuse-connects':
        throw new HubError('ConnectionRejectedOnFaultInjection', 'A fault was injected.');
      case 'refuse-messages':
        return true;
      case undefined:
        return false;
    }
  }

  async #keep(fault: Fault, identityKey: string, durationMs: number): Promise<void> {
    if (durationMs > 0) {
      // A store that does not answer shortens the fault to its first moment.
      await this.store.set(identityKey, fault, durationMs).catch(() => undefined);
    }
  }
}

const faults: ReadonlyMap<string, Fault> = new Map([
  ['KillTcp', 'drop-connects'],
  ['ShutDownMqtt', 'drop-connects'],
  ['InvokeAuthError', 'refuse-connects'],
  ['InvokeThrottling', 'refuse-messages'],
  ['InvokeMaxMessageQuota', 'refuse-messages'],
]);

function milliseconds(seconds: string | null | undefined): number {
  const value = Number(seconds ?? 0);
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), secondsMax) * 1_000 : 0;
}
