/**
 * The record of the topic `hub-events` that says that a device or module connected or disconnected
 * (events-monitoring.md sections 1 and 1.3). Key: `{hub}/{deviceId}`.
 */
import type { ConnectionStateCause } from '@linchpin/wire';

export interface ConnectionStateEvent {
  readonly hub: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly generationId: string;
  readonly type: 'deviceConnected' | 'deviceDisconnected';
  /** 64 upper-case hex digits; rises strictly with each event of an identity. */
  readonly sequenceNumber: string;
  readonly occurredAt: Date;
  /** Ours; Azure's events don't tell. */
  readonly cause: ConnectionStateCause;
  /** Ours: the IoT Plug and Play model that the connection had announced. */
  readonly modelId: string | undefined;
}

type HeaderPair = readonly [name: string, value: string];

const names = {
  connectionDeviceId: 'iothub-connection-device-id',
  connectionModuleId: 'iothub-connection-module-id',
  messageSource: 'iothub-message-source',
  messageSchema: 'iothub-message-schema',
  deviceId: 'deviceId',
  moduleId: 'moduleId',
  hubName: 'hubName',
  operationTimestamp: 'operationTimestamp',
  opType: 'opType',
  /** Prefixed: not of Azure's envelope. */
  cause: 'linchpin-cause',
  generationId: 'linchpin-generation-id',
  modelId: 'linchpin-model-id',
} as const;

export function connectionStateEventKey({ hub, deviceId }: ConnectionStateEvent): string {
  return `${hub}/${deviceId}`;
}

export function connectionStateEventValue({ sequenceNumber }: ConnectionStateEvent): string {
  return JSON.stringify({ sequenceNumber });
}

export function connectionStateEventHeaders(event: ConnectionStateEvent): HeaderPair[] {
  const { deviceId, moduleId, hub, modelId } = event;
  return [
    ['content-type', 'application/json'],
    ['content-encoding', 'utf-8'],
    [names.connectionDeviceId, deviceId],
    ...(moduleId === undefined ? [] : [[names.connectionModuleId, moduleId] as const]),
    [names.messageSource, 'deviceConnectionStateEvents'],
    [names.messageSchema, 'deviceConnectionStateNotification'],
    [names.deviceId, deviceId],
    ...(moduleId === undefined ? [] : [[names.moduleId, moduleId] as const]),
    [names.hubName, hub],
    [names.operationTimestamp, event.occurredAt.toISOString().replace('Z', '0000Z')],
    [names.opType, event.type],
    [names.cause, event.cause],
    [names.generationId, event.generationId],
    ...(modelId === undefined ? [] : [[names.modelId, modelId] as const]),
  ];
}

interface RecordParts {
  readonly value: Buffer;
  readonly headers: ReadonlyMap<string, string>;
}

/** Undefined for a record of another kind, which the topic may hold as well. */
export function parseConnectionStateEvent({
  value,
  headers,
}: RecordParts): ConnectionStateEvent | undefined {
  if (headers.get(names.messageSource) !== 'deviceConnectionStateEvents') {
    return undefined;
  }
  const { sequenceNumber } = JSON.parse(value.toString()) as { sequenceNumber: string };
  return {
    hub: headers.get(names.hubName) ?? '',
    deviceId: headers.get(names.deviceId) ?? '',
    moduleId: headers.get(names.moduleId),
    generationId: headers.get(names.generationId) ?? '',
    type: headers.get(names.opType) as ConnectionStateEvent['type'],
    sequenceNumber,
    occurredAt: new Date(headers.get(names.operationTimestamp) ?? Number.NaN),
    cause: headers.get(names.cause) as ConnectionStateCause,
    modelId: headers.get(names.modelId),
  };
}
