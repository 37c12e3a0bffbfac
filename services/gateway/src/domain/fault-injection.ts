/**
 * The faults that the SDKs' own end-to-end suites ask a test hub for, by properties of a telemetry
 * message (device-mqtt.md section 17.7). Served only behind a switch; otherwise the message is
 * ordinary telemetry.
 */
import type { MessageProperties } from '@linchpin/wire';

export interface Fault {
  readonly kind: 'close-socket' | 'refuse-messages';
  readonly delayMs: number;
  /** How long the device is kept out, or its messages are refused, afterwards. */
  readonly durationMs: number;
}

const secondsMax = 300;

/** Undefined for a message that asks for none, or for one that has no meaning over MQTT. */
export function faultOf({ properties }: MessageProperties): Fault | undefined {
  const values = new Map(properties);
  const kind = kinds.get(values.get('AzIoTHub_FaultOperationType') ?? '');
  return (
    kind && {
      kind,
      delayMs: milliseconds(values.get('AzIoTHub_FaultOperationDelayInSecs')),
      durationMs: milliseconds(values.get('AzIoTHub_FaultOperationDurationInSecs')),
    }
  );
}

/** MQTT has no error but the closed connection, so throttling, quota and authentication look alike. */
const kinds: ReadonlyMap<string, Fault['kind']> = new Map([
  ['KillTcp', 'close-socket'],
  ['ShutDownMqtt', 'close-socket'],
  ['InvokeThrottling', 'refuse-messages'],
  ['InvokeMaxMessageQuota', 'refuse-messages'],
  ['InvokeAuthError', 'refuse-messages'],
]);

function milliseconds(seconds: string | null | undefined): number {
  const value = Number(seconds ?? 0);
  return Number.isFinite(value) ? Math.min(Math.max(value, 0), secondsMax) * 1_000 : 0;
}
