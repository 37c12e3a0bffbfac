/**
 * The record of the topic `hub-events` that says how a twin changed (events-monitoring.md sections 1 and 1.1).
 */
import { formatIsoTime } from '@linchpin/wire';

export interface TwinChangeEvent {
  readonly hub: string;
  readonly hubGeneration: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly generationId: string;
  readonly type: 'updateTwin' | 'replaceTwin';
  readonly occurredAt: Date;
  /** What changed, or the whole twin. */
  readonly bodyJson: string;
}

interface EncodedRecord {
  /** As all that is said of a device and its modules. */
  readonly key: string;
  readonly value: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export function encodeTwinChange(event: TwinChangeEvent): EncodedRecord {
  const { hub, deviceId, moduleId } = event;
  return {
    key: `${hub}/${deviceId}`,
    value: event.bodyJson,
    headers: [
      ['content-type', 'application/json'],
      ['content-encoding', 'utf-8'],
      ['iothub-connection-device-id', deviceId],
      ...(moduleId === undefined ? [] : [['iothub-connection-module-id', moduleId] as const]),
      ['iothub-message-source', 'twinChangeEvents'],
      ['iothub-message-schema', 'twinChangeNotification'],
      ['deviceId', deviceId],
      ...(moduleId === undefined ? [] : [['moduleId', moduleId] as const]),
      ['hubName', hub],
      ['operationTimestamp', formatIsoTime(event.occurredAt)],
      ['opType', event.type],
      // Not of Azure's envelope.
      ['linchpin-hub-generation', event.hubGeneration],
      ['linchpin-generation-id', event.generationId],
    ],
  };
}
