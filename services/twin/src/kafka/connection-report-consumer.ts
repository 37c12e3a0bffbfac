/** Hears from gateways who is connected (events-monitoring.md section 1.3). */
import { parseConnectionStateEvent } from '@linchpin/contracts';
import type { KafkaMessage, PatientConsumer } from '@linchpin/platform/kafka';
import { validateDeviceId, validateHubName, validateModuleId } from '@linchpin/wire';
import type { ConnectionReport } from '../domain/connection-reports.js';
import { startCopyConsumer, type CopyConsumerParts } from './copy-consumer.js';

export function startConnectionReportConsumer(
  parts: CopyConsumerParts<ConnectionReport>,
): PatientConsumer {
  return startCopyConsumer(parts, toReport);
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
    !Number.isNaN(occurredAt.getTime()) &&
    !/\p{Cc}/u.test(modelId);
  if (!isWellFormed) {
    throw new Error('generation, sequence number, time or model is not of the right form');
  }
  const state = type === 'deviceConnected' ? 'Connected' : 'Disconnected';
  const id = { hub, deviceId, moduleId, generationId };
  return { ...id, state, sequenceNumber, occurredAt, modelId };
}
