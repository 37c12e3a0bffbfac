/** Hears from gateways who is connected (events-monitoring.md section 1.3). */
import { parseConnectionStateEvent } from '@linchpin/contracts';
import {
  startAppliedTopic,
  type AppliedTopicParts,
  type KafkaMessage,
  type PatientConsumer,
} from '@linchpin/platform/kafka';
import type { ConnectionReport } from '../domain/connection-reports.js';

export function startConnectionReportConsumer(
  parts: AppliedTopicParts<ConnectionReport>,
): PatientConsumer {
  return startAppliedTopic(parts, toReport);
}

/** Undefined for records of other kinds. @throws Error for a record that is not of the contract */
function toReport(record: KafkaMessage): ConnectionReport | undefined {
  const event = parseConnectionStateEvent(record);
  if (event === undefined) {
    return undefined;
  }
  const { hub, deviceId, moduleId, generationId, sequenceNumber, occurredAt } = event;
  const { type, modelId = '' } = event;
  const state = type === 'deviceConnected' ? 'Connected' : 'Disconnected';
  const id = { hub, deviceId, moduleId, generationId };
  return { ...id, state, sequenceNumber, occurredAt, modelId };
}
