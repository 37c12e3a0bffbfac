/** Answers to twin requests over MQTT (device-mqtt.md section 9). */
import { randomBytes } from 'node:crypto';
import { errorReport, formatTwinResponseTopic, HubError } from '@linchpin/wire';
import type { TwinAnswer } from '../domain/twin-requests.js';
import { publish } from './packets.js';

export function twinResponse(answer: TwinAnswer): Buffer {
  const { requestId } = answer;
  switch (answer.kind) {
    case 'properties':
      return publish(formatTwinResponseTopic(200, requestId), answer.json);
    case 'patched':
      return publish(formatTwinResponseTopic(204, requestId, answer.version), '');
    case 'failed':
      return failure(requestId, answer.error);
  }
}

/** Node's SDK judges by the body, others by the status (section 9.2). */
function failure(requestId: string, error: unknown): Buffer {
  const told = error instanceof HubError ? error : new HubError('ServerError', 'Internal error.');
  const report = errorReport(told, { id: randomBytes(16).toString('hex'), time: new Date() });
  return publish(formatTwinResponseTopic(told.httpStatus, requestId), JSON.stringify(report));
}
