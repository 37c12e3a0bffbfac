/** A message to a device as its request has it (service-rest.md section 13.4, device-https.md section 2). */
import { HubError, parseIsoTime, readMessageHeaders, type GivenMessage } from '@linchpin/wire';

/**
 * All but the body, and but where it goes: the path says that.
 *
 * @param rawHeaders names and values by turns, as they came: names of properties keep their letter case
 * @throws HubError ArgumentInvalid for what is no text, or no time
 */
export function readGivenMessage(rawHeaders: readonly string[]): Omit<GivenMessage, 'to' | 'body'> {
  const { properties, system } = readMessageHeaders(rawHeaders);
  return {
    messageId: system('iothub-messageid'),
    correlationId: system('iothub-correlationid'),
    userId: system('iothub-userid'),
    contentType: system('iothub-contenttype') ?? system('content-type'),
    contentEncoding: system('iothub-contentencoding') ?? system('content-encoding'),
    creationTime: toTime('iothub-creationtimeutc', system('iothub-creationtimeutc')),
    expiryTime: toTime('iothub-expiry', system('iothub-expiry')),
    ack: system('iothub-ack'),
    properties,
  };
}

function toTime(name: string, text: string | undefined): Date | undefined {
  const time = text === undefined ? undefined : parseIsoTime(text);
  if (text !== undefined && time === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `${name}: must be a time of ISO 8601, such as 2026-01-31T10:11:12Z.`,
    );
  }
  return time;
}
