/** What all records of the topic `hub-events` have in common (events-monitoring.md section 1). */
import { formatIsoTime } from '@linchpin/wire';

export type HeaderPair = readonly [name: string, value: string];

/** Of headers. Those that begin with `linchpin-` are not of Azure's envelope. */
export const envelopeNames = {
  connectionDeviceId: 'iothub-connection-device-id',
  connectionModuleId: 'iothub-connection-module-id',
  messageSource: 'iothub-message-source',
  messageSchema: 'iothub-message-schema',
  deviceId: 'deviceId',
  moduleId: 'moduleId',
  hubName: 'hubName',
  operationTimestamp: 'operationTimestamp',
  opType: 'opType',
  generationId: 'linchpin-generation-id',
} as const;

interface HubEvent {
  readonly hub: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly generationId: string;
  readonly type: string;
  readonly occurredAt: Date;
}

interface EventKind {
  readonly source: string;
  readonly schema: string;
}

/** All that is said of a device and its modules is in order. */
export function hubEventKey({ hub, deviceId }: Pick<HubEvent, 'hub' | 'deviceId'>): string {
  return `${hub}/${deviceId}`;
}

export function envelopeHeaders(event: HubEvent, { source, schema }: EventKind): HeaderPair[] {
  const { hub, deviceId, moduleId } = event;
  const ofModule = (name: string): HeaderPair[] =>
    moduleId === undefined ? [] : [[name, moduleId]];
  return [
    ['content-type', 'application/json'],
    ['content-encoding', 'utf-8'],
    [envelopeNames.connectionDeviceId, deviceId],
    ...ofModule(envelopeNames.connectionModuleId),
    [envelopeNames.messageSource, source],
    [envelopeNames.messageSchema, schema],
    [envelopeNames.deviceId, deviceId],
    ...ofModule(envelopeNames.moduleId),
    [envelopeNames.hubName, hub],
    [envelopeNames.operationTimestamp, formatIsoTime(event.occurredAt)],
    [envelopeNames.opType, event.type],
    [envelopeNames.generationId, event.generationId],
  ];
}
