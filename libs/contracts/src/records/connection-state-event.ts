/**
 * The record of the topic `hub-events` that says that a device or module connected or disconnected
 * (events-monitoring.md sections 1 and 1.3). Key: `{hub}/{deviceId}`.
 */
import {
  validateDeviceId,
  validateHubName,
  validateModuleId,
  type ConnectionStateCause,
} from '@linchpin/wire';
import {
  envelopeHeaders,
  envelopeNames,
  hubEventKey,
  type HeaderPair,
} from './hub-event-envelope.js';

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

const kind = {
  source: 'deviceConnectionStateEvents',
  schema: 'deviceConnectionStateNotification',
};

const names = { ...envelopeNames, cause: 'linchpin-cause', modelId: 'linchpin-model-id' } as const;

export function connectionStateEventKey(event: ConnectionStateEvent): string {
  return hubEventKey(event);
}

export function connectionStateEventValue({ sequenceNumber }: ConnectionStateEvent): string {
  return JSON.stringify({ sequenceNumber });
}

export function connectionStateEventHeaders(event: ConnectionStateEvent): HeaderPair[] {
  const { modelId } = event;
  return [
    ...envelopeHeaders(event, kind),
    [names.cause, event.cause],
    ...(modelId === undefined ? [] : [[names.modelId, modelId] as const]),
  ];
}

type HeaderValue = Buffer | string | readonly (Buffer | string)[] | undefined;

/** As Kafka's clients give it. */
interface KafkaRecord {
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
}

/**
 * Undefined for a record of another kind, which the topic may hold as well.
 *
 * @throws Error for a record that is not of the contract; what is given back a table can hold
 */
export function parseConnectionStateEvent({
  value,
  headers = {},
}: KafkaRecord): ConnectionStateEvent | undefined {
  const find = (name: string): string | undefined =>
    headers[name] === undefined ? undefined : String(headers[name]);
  if (find(names.messageSource) !== kind.source) {
    return undefined;
  }
  const { sequenceNumber } = JSON.parse(String(value)) as { sequenceNumber: string };
  const get = (name: string): string => find(name) ?? '';
  const event = {
    hub: get(names.hubName),
    deviceId: get(names.deviceId),
    moduleId: find(names.moduleId),
    generationId: get(names.generationId),
    type: get(names.opType) as ConnectionStateEvent['type'],
    sequenceNumber,
    occurredAt: new Date(get(names.operationTimestamp)),
    cause: get(names.cause) as ConnectionStateCause,
    modelId: find(names.modelId),
  };
  check(event);
  return event;
}

const yearMax = 9_999;

function check(event: ConnectionStateEvent): void {
  const { hub, deviceId, moduleId, modelId = '' } = event;
  validateHubName(hub);
  validateDeviceId(deviceId);
  if (moduleId !== undefined) {
    validateModuleId(moduleId);
  }
  const year = event.occurredAt.getUTCFullYear();
  const isWellFormed =
    /^\d{1,18}$/.test(event.generationId) &&
    /^[0-9A-F]{64}$/.test(event.sequenceNumber) &&
    /^device(Connected|Disconnected)$/.test(event.type) &&
    year > 0 &&
    year <= yearMax &&
    !/\p{Cc}/u.test(modelId);
  if (!isWellFormed) {
    throw new Error('generation, sequence number, type, time or model is not of the right form');
  }
}
