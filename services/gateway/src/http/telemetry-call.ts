/** Telemetry by HTTPS: one message, or a batch (device-https.md sections 2 and 3). */
import { azureLimits } from '@linchpin/wire';
import type { RequestAccess } from '../domain/request-accesses.js';
import type { TelemetryMessage } from '../domain/telemetry-log.js';
import { keepable } from '../sockets/keepable.js';
import { readCallBody } from './call-body.js';
import type { HttpServices } from './http-services.js';
import { noContent, type CallAnswer, type ServedCall } from './served-call.js';
import { readTelemetryBatch } from './telemetry-batch.js';
import { readTelemetryHeaders } from './telemetry-headers.js';

const bodyLimit = { bytesMax: azureLimits.messageBytesMax, tooLarge: 'MessageTooLarge' } as const;

/** Answered when all is stored; of what fails some of a batch may be. @throws HubError */
export async function sendTelemetry(
  served: ServedCall,
  { telemetry, checkCounts }: RequestAccess,
  { bodies }: HttpServices,
): Promise<CallAnswer> {
  const body = await readCallBody(served, bodies, bodyLimit);
  checkCounts();
  const { headers, rawHeaders } = served.exchange.request;
  const messages = isBatch(headers['content-type'])
    ? readTelemetryBatch(body)
    : [readSingle(body, rawHeaders)];
  await telemetry.sendAll(messages);
  served.messages = messages.length;
  return noContent;
}

/** Parameters may follow, of which the encoding is the only one that is known. */
function isBatch(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';');
  return type.trim().toLowerCase() === 'application/vnd.microsoft.iothub.json';
}

function readSingle(body: Buffer, rawHeaders: readonly string[]): TelemetryMessage {
  const whole = Buffer.from(body.buffer);
  return { body: keepable(body, whole), message: readTelemetryHeaders(rawHeaders) };
}
