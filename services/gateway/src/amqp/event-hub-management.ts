/** READ of an event hub and of its partitions (amqp.md section 9.3): what is asked, and the answer with its exact types. */
import {
  AmqpDecodeError,
  encodeMessage,
  int,
  long,
  map,
  ReceivedMessage,
  stringArray,
  symbol,
  textOf,
  timestamp,
  type AmqpMap,
  type AmqpValue,
} from '@linchpin/amqp';
import type { EventExtent } from '../domain/event-log.js';
import type { PolicyGrant } from '../domain/policy-tokens.js';
import { argumentError, EventHubError, serverBusy } from './event-hub-error.js';
import type { EventHubs } from './event-hub.js';
import { requestMessageId } from './request-message-id.js';

export interface ManagementAnswer {
  /** Where the client expects it, when it says so. */
  readonly replyTo: string | null;
  readonly payload: Buffer;
  /** Why what was asked is not told. */
  readonly failure?: EventHubError;
}

/**
 * The token that a request may bear is not looked at: the link by which it came has been let in by one, and ends
 * with it. The payload is read at once: while the request waits for its answer, nothing else of it is kept.
 */
export function answerManagement(
  payload: Buffer,
  eventHubs: EventHubs,
  grant: PolicyGrant,
): Promise<ManagementAnswer> {
  let correlationId: AmqpValue = null;
  let replyTo: string | null = null;
  try {
    const message = new ReceivedMessage(payload);
    correlationId = requestMessageId(message);
    replyTo = message.properties?.replyTo ?? null;
    const value = read(askedBy(message), eventHubs, grant);
    return answerWith(value, { correlationId, replyTo });
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    return answerWith(Promise.reject(reason), { correlationId, replyTo });
  }
}

interface Asked {
  readonly operation: string;
  readonly name: string;
  readonly type: string;
  readonly partition: string;
}

function askedBy({ applicationProperties }: ReceivedMessage): Asked {
  const text = (name: string): string => textOf(applicationProperties?.get(name) ?? null) ?? '';
  return {
    operation: text('operation').toUpperCase(),
    name: text('name').replace(/^\/|\/$/g, ''),
    type: text('type').toLowerCase(),
    partition: text('partition'),
  };
}

async function answerWith(
  value: Promise<AmqpMap>,
  {
    correlationId,
    replyTo,
  }: { readonly correlationId: AmqpValue; readonly replyTo: string | null },
): Promise<ManagementAnswer> {
  try {
    return { replyTo, payload: encodeAnswer(correlationId, undefined, await value) };
  } catch (error) {
    const failure = toFailure(error);
    return { replyTo, payload: encodeAnswer(correlationId, failure, null), failure };
  }
}

async function read(
  { operation, name, type, partition }: Asked,
  eventHubs: EventHubs,
  grant: PolicyGrant,
): Promise<AmqpMap> {
  if (operation !== 'READ') {
    throw new EventHubError('amqp:not-implemented', 501, 'The operation is READ.');
  }
  eventHubs.requireEntity(name, grant);
  switch (type) {
    case 'com.microsoft:eventhub':
      return formatEventHub(name, grant);
    case 'com.microsoft:partition': {
      const place = eventHubs.partitionOf(partition, grant);
      const extent = await eventHubs.extentOf(place, grant);
      return formatPartition(name, String(place.partition), extent);
    }
    default:
      throw argumentError('The type is com.microsoft:eventhub or com.microsoft:partition.');
  }
}

function formatEventHub(name: string, { telemetryPartitions }: PolicyGrant): AmqpMap {
  const ids = Array.from({ length: telemetryPartitions }, (_, index) => String(index));
  return map([
    ['name', name],
    ['type', 'com.microsoft:eventhub'],
    // When a hub was made is not kept.
    ['created_at', timestamp(0)],
    ['partition_count', int(telemetryPartitions)],
    ['partition_ids', stringArray(ids)],
    // There is none.
    ['georeplication_factor', int(1)],
  ]);
}

function formatPartition(
  name: string,
  partition: string,
  { begin, end, lastMs }: EventExtent,
): AmqpMap {
  const isEmpty = begin === end;
  return map([
    ['name', name],
    ['type', 'com.microsoft:partition'],
    ['partition', partition],
    ['begin_sequence_number', long(begin)],
    ['last_enqueued_sequence_number', long(end - 1)],
    ['last_enqueued_offset', String(end - 1)],
    ['last_enqueued_time_utc', timestamp(lastMs ?? minimumDateMs)],
    ['is_partition_empty', isEmpty],
    ['runtime_info_retrieval_time_utc', timestamp(Date.now())],
  ]);
}

/** 0001-01-01, as .NET has it. */
const minimumDateMs = -62_135_596_800_000;

function toFailure(error: unknown): EventHubError {
  if (error instanceof EventHubError) {
    return error;
  }
  return error instanceof AmqpDecodeError
    ? argumentError('The request cannot be read.')
    : serverBusy(error);
}

function encodeAnswer(
  correlationId: AmqpValue,
  failure: EventHubError | undefined,
  value: AmqpValue,
): Buffer {
  return encodeMessage({
    properties: { correlationId },
    applicationProperties: new Map<string, AmqpValue>([
      ['status-code', int(failure?.status ?? 200)],
      ['status-description', failure?.message ?? 'OK'],
      ...(failure === undefined ? [] : [['error-condition', symbol(failure.condition)] as const]),
    ]),
    body: { type: 'value', value },
  });
}
