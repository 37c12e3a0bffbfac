/** Properties of a message as headers of its request (service-rest.md section 13.4, device-https.md section 2). */
import { HubError, parseIsoTime, type GivenMessage, type MessageProperty } from '@linchpin/wire';

/** All but the body, and but where it goes: the path says that. */
type MessageHeaders = Omit<GivenMessage, 'to' | 'body'>;

const applicationPrefix = 'iothub-app-';

/**
 * A system property that is empty counts as absent: clients send them so.
 *
 * @param rawHeaders names and values by turns, as they came: names of properties keep their letter case
 * @throws HubError ArgumentInvalid for what is no text, or no time
 */
export function readMessageHeaders(rawHeaders: readonly string[]): MessageHeaders {
  const headers = new Map<string, string>();
  const properties = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const lowerCase = name.toLowerCase();
    if (lowerCase.startsWith(applicationPrefix)) {
      properties.set(name.slice(applicationPrefix.length), toText(name, value));
    } else {
      headers.set(lowerCase, value);
    }
  }
  const system = (name: string): string | undefined =>
    toText(name, headers.get(name) ?? '') || undefined;
  return {
    messageId: system('iothub-messageid'),
    correlationId: system('iothub-correlationid'),
    userId: system('iothub-userid'),
    contentType: system('iothub-contenttype') ?? system('content-type'),
    contentEncoding: system('iothub-contentencoding') ?? system('content-encoding'),
    creationTime: toTime('iothub-creationtimeutc', system('iothub-creationtimeutc')),
    expiryTime: toTime('iothub-expiry', system('iothub-expiry')),
    ack: system('iothub-ack'),
    properties: [...properties].map(([name, value]): MessageProperty => [name, value]),
  };
}

/** Node gives each byte as a character; what came was UTF-8. */
function toText(name: string, value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(value, 'latin1'),
    );
  } catch (cause) {
    throw new HubError('ArgumentInvalid', `${name}: must be text in UTF-8.`, { cause });
  }
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
