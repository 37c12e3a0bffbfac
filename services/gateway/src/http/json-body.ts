import { HubError } from '@linchpin/wire';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws HubError ArgumentInvalid for what is no JSON in UTF-8 */
export function parseJsonBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new HubError('ArgumentInvalid', 'The body must be JSON in UTF-8.', { cause });
  }
}

export function isJsonObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
