/** Twin requests over MQTT (device-mqtt.md section 9), which this version of the hub does not serve. */
import { randomBytes } from 'node:crypto';
import { errorReport, formatTwinResponseTopic, HubError } from '@linchpin/wire';
import { publish } from './packets.js';

const notServed = new HubError(
  'FeatureNotSupported',
  'This version of the hub does not serve device twins yet.',
);

/** A twin request is always answered, and an error never closes the connection (section 9.2). */
export function refuseTwinRequest(requestId: string): Buffer {
  const report = errorReport(notServed, { id: randomBytes(16).toString('hex'), time: new Date() });
  const topic = formatTwinResponseTopic(notServed.httpStatus, requestId);
  return publish(topic, JSON.stringify(report));
}
