/**
 * Messages that come at once (device-https.md section 3):
 *
 *     batch   = [ *message ]
 *     message = { "body": text, "base64Encoded"?: boolean, "properties"?: { *header: text } }
 */
import {
  applicationHeaderPrefix,
  azureLimits,
  HubError,
  isHeaderName,
  isHeaderText,
  type MessageProperties,
} from '@linchpin/wire';
import type { TelemetryMessage } from '../domain/telemetry-log.js';
import { isJsonObject, parseJsonBody, type JsonObject } from './json-body.js';
import { readTelemetryHeaders } from './telemetry-headers.js';

/** In their order, or none of them. @throws HubError ArgumentInvalid */
export function readTelemetryBatch(body: Uint8Array): readonly TelemetryMessage[] {
  const batch = parseJsonBody(body);
  if (!Array.isArray(batch)) {
    throw new HubError('ArgumentInvalid', 'A batch is an array of messages.');
  }
  if (batch.length > azureLimits.batchMessagesMax) {
    throw new HubError(
      'ArgumentInvalid',
      `A batch of ${batch.length} messages; ${azureLimits.batchMessagesMax} are allowed.`,
    );
  }
  return batch.map((message: unknown, index) => readMessage(message, index));
}

function readMessage(message: unknown, index: number): TelemetryMessage {
  if (!isJsonObject(message)) {
    throw malformed(index, 'is no object');
  }
  return { body: readBody(message, index), message: readProperties(message, index) };
}

/** Base64 unless it is said otherwise. */
function readBody({ body, base64Encoded = true }: JsonObject, index: number): Buffer {
  if (typeof body !== 'string') {
    throw malformed(index, 'has no text as its body');
  }
  if (typeof base64Encoded !== 'boolean') {
    throw malformed(index, 'has something else than true or false as base64Encoded');
  }
  if (!base64Encoded) {
    return Buffer.from(body);
  }
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body)) {
    throw malformed(index, 'has a body that is no base64');
  }
  return Buffer.from(body, 'base64');
}

function readProperties({ properties }: JsonObject, index: number): MessageProperties {
  if (properties === undefined || properties === null) {
    return readTelemetryHeaders([]);
  }
  if (!isJsonObject(properties)) {
    throw malformed(index, 'has properties that are no object');
  }
  const headers = Object.entries(properties).flatMap(([name, value]) => {
    if (typeof value !== 'string') {
      throw malformed(index, 'has a property that is no text');
    }
    return [name, value];
  });
  return readTelemetryHeaders(headers, (name, value) => readValue(name, value, index));
}

/** Held to what a header may have, though JSON could have more. */
function readValue(name: string, value: string, index: number): string {
  const isOfApplication = name.toLowerCase().startsWith(applicationHeaderPrefix);
  if (!isHeaderText(value) || (isOfApplication && !isHeaderName(name))) {
    throw malformed(index, 'has a property that no header could be');
  }
  return value;
}

function malformed(index: number, what: string): HubError {
  return new HubError('ArgumentInvalid', `Message ${index} of the batch ${what}.`);
}
