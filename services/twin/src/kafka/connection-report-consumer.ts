/** Hears from gateways who is connected (events-monitoring.md section 1.3). */
import { parseConnectionStateEvent } from '@linchpin/contracts';
import { PatientConsumer, type createKafkaJs, type KafkaMessage } from '@linchpin/platform/kafka';
import { validateDeviceId, validateHubName, validateModuleId } from '@linchpin/wire';
import type { ConnectionReport } from '../domain/connection-reports.js';
import type { TwinEvents } from '../events.js';

interface ConnectionReportConsumerParts {
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly topic: string;
  readonly groupId: string;
  readonly apply: (reports: readonly ConnectionReport[]) => Promise<void>;
  readonly events: TwinEvents;
}

/** A record that is not readable is told of and passed over; it must not hold up the rest. */
export function startConnectionReportConsumer(
  parts: ConnectionReportConsumerParts,
): PatientConsumer {
  const { apply, events } = parts;
  return PatientConsumer.start({
    ...parts,
    onRecords: async (records) => {
      await apply(records.flatMap((record) => read(record, events) ?? []));
    },
    onUnread: (error) => {
      events.topicUnread(parts.topic, error);
    },
  });
}

function read(record: KafkaMessage, events: TwinEvents): ConnectionReport | undefined {
  try {
    return toReport(record);
  } catch (error) {
    events.recordUnreadable('hub-events', record.offset, error);
    return undefined;
  }
}

/** Undefined for records of other kinds. @throws Error for a record that is not of the contract */
function toReport({ value, headers = {} }: KafkaMessage): ConnectionReport | undefined {
  const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const);
  const event = parseConnectionStateEvent({
    value: value ?? Buffer.alloc(0),
    headers: new Map(texts),
  });
  if (event === undefined) {
    return undefined;
  }
  const { hub, deviceId, moduleId, generationId, sequenceNumber, occurredAt, type } = event;
  const { modelId = '' } = event;
  validateHubName(hub);
  validateDeviceId(deviceId);
  if (moduleId !== undefined) {
    validateModuleId(moduleId);
  }
  const isWellFormed =
    /^\d{1,18}$/.test(generationId) &&
    /^[0-9A-F]{64}$/.test(sequenceNumber) &&
    !Number.isNaN(occurredAt.getTime());
  if (!isWellFormed) {
    throw new Error('generation, sequence number or time is not of the right form');
  }
  const state = type === 'deviceConnected' ? 'Connected' : 'Disconnected';
  const id = { hub, deviceId, moduleId, generationId };
  return { ...id, state, sequenceNumber, occurredAt, modelId };
}
