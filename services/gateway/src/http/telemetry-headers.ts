/** Headers of a message, or of one in a batch, as they are stored (device-https.md sections 2 and 3). */
import {
  checkMessageId,
  isReservedInTelemetry,
  readMessageHeaders,
  type MessageHeaders,
  type MessageProperties,
  type MessageProperty,
  type ReadHeaderValue,
} from '@linchpin/wire';

/** Other `iothub-` headers mean nothing upstream, or are the hub's to say. @throws HubError ArgumentInvalid */
export function readTelemetryHeaders(
  rawHeaders: readonly string[],
  readValue?: ReadHeaderValue,
): MessageProperties {
  const headers = readMessageHeaders(rawHeaders, readValue);
  const system = systemProperties(headers);
  const application = headers.properties.filter(([name]) => !isReservedInTelemetry(name));
  const properties = [...system, ...application];
  return {
    properties,
    countedBytes: bytesOf(system.map(([, value]) => value)) + bytesOf(application.flat()),
  };
}

function systemProperties(headers: MessageHeaders): MessageProperty[] {
  const properties: MessageProperty[] = [];
  for (const [header, name] of systemNames) {
    const value = headers.system(header);
    if (value !== undefined) {
      properties.push([name, value]);
    }
  }
  const createdAt = creationTime(headers);
  if (createdAt !== undefined) {
    properties.push([creationTimeName, createdAt]);
  }
  checkIds(headers);
  return properties;
}

/** `iothub-to`, `iothub-ack` and `iothub-operation` say nothing here. */
const systemNames = [
  ['iothub-messageid', 'message-id'],
  ['iothub-correlationid', 'correlation-id'],
  ['iothub-userid', 'user-id'],
  ['iothub-contenttype', 'content-type'],
  ['iothub-contentencoding', 'content-encoding'],
  ['iothub-expiry', 'absolute-expiry-time'],
  ['iothub-messageschema', 'iothub-message-schema'],
  ['iothub-interface-id', 'iothub-interface-id'],
  ['dt-subject', 'dt-subject'],
] as const;

const creationTimeName = 'iothub-creation-time-utc';

/** As Java's SDK names it, as C#'s, or as Azure's documents name it of a batch. */
function creationTime({ system, properties }: MessageHeaders): string | undefined {
  const asProperty = properties.find(([name]) => name === creationTimeName)?.[1];
  return system(creationTimeName) ?? system('iothub-creationtimeutc') ?? asProperty ?? undefined;
}

function checkIds({ system }: MessageHeaders): void {
  checkMessageId(system('iothub-messageid'));
}

function bytesOf(texts: readonly (string | null)[]): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), 0);
}
