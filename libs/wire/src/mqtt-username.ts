/**
 * Who an MQTT client says it is, by the ClientId and username of CONNECT (device-mqtt.md sections 2.2
 * and 2.3). Nothing here is proven yet: that is the password's or the certificate's part.
 *
 *     ClientId = deviceId [ "/" moduleId ]
 *     username = host "/" deviceId [ "/" moduleId ] [ "/" [ "?" ] params ]
 *     params   = pair *( "&" pair )
 *     pair     = name [ "=" value ]      ; split at the first "=", value percent-encoded
 */
import { normalizeHostName } from './host-name.js';
import { HubError } from './hub-error.js';
import { parseIdentityId, type DeviceIdentityId } from './identity-id.js';
import { azureLimits } from './limits.js';
import { percentDecode } from './percent-encoding.js';

/** The ids are those of the ClientId, in its letter case. */
interface MqttClaim extends DeviceIdentityId {
  /** Normalised; whether a hub has this name is the registry's knowledge. */
  readonly host: string;
  /** Any text: an unknown version is the latest. */
  readonly apiVersion: string | undefined;
  /** The client's user agent. */
  readonly deviceClientType: string | undefined;
  readonly modelId: string | undefined;
}

/** @throws HubError IotHubUnauthorized or ArgumentInvalid; a client sees CONNACK 5 for both */
export function parseMqttUsername(username: string, clientId: string): MqttClaim {
  if (username === '') {
    throw refusal('is missing');
  }
  if (username.length > azureLimits.mqttUsernameLengthMax) {
    throw refusal('is too long');
  }
  // [MQTT-1.5.3-2]
  if (username.includes('\0')) {
    throw refusal('holds U+0000');
  }
  const identity = parseIdentityId(clientId);
  if (/[+#]/.test(clientId)) {
    throw refusal('names an id with + or #, which no MQTT topic can hold');
  }
  const { host, ids, params } = splitUsername(username, clientId);
  if (!namesSameIdentity(ids, clientId.split('/'))) {
    throw refusal('and the ClientId name different identities');
  }
  const values = parseParams(params);
  const modelId = values.get('model-id');
  return {
    ...identity,
    host: normalizeHostName(host),
    apiVersion: values.get('api-version'),
    deviceClientType: values.get('DeviceClientType'),
    modelId: modelId === '' ? undefined : modelId,
  };
}

interface SplitUsername {
  readonly host: string;
  readonly ids: readonly string[];
  readonly params: string;
}

/** deviceId, moduleId and params. */
const segmentsAfterHostMax = 3;

function splitUsername(username: string, clientId: string): SplitUsername {
  const [host = '', ...segments] = username.split('/', segmentsAfterHostMax + 2);
  if (host === '' || segments.length === 0 || segments.length > segmentsAfterHostMax) {
    throw refusal('is not of the form {host}/{deviceId}[/{moduleId}]/?api-version=…');
  }
  const last = segments.at(-1) ?? '';
  const ids = segments.slice(0, -1);
  if (ids.length > 0 && last.startsWith('?')) {
    return { host, ids, params: last.slice(1) };
  }
  if (ids.length > 0 && last.startsWith('api-version=')) {
    return { host, ids, params: last };
  }
  return { host, ...splitLastId(segments, clientId) };
}

/**
 * Some write `{host}/{deviceId}?api-version=…`. The same text may be an id, for `?` and `=` are legal
 * in one, so the ClientId decides.
 */
function splitLastId(ids: readonly string[], clientId: string): Omit<SplitUsername, 'host'> {
  const last = ids.at(-1) ?? '';
  const question = last.indexOf('?api-version=');
  if (question < 0 || clientId.includes('?api-version=')) {
    return { ids, params: '' };
  }
  return { ids: [...ids.slice(0, -1), last.slice(0, question)], params: last.slice(question + 1) };
}

/** Embedded C percent-encodes the ids of the username, the others do not; the ClientId never is. */
function namesSameIdentity(ids: readonly string[], claimed: readonly string[]): boolean {
  return (
    ids.length === claimed.length &&
    ids.every((id, index) => id === claimed[index] || percentDecode(id) === claimed[index])
  );
}

/** The first of two values of one name counts. */
function parseParams(params: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of params.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
    if (/\p{Cc}/u.test(value)) {
      throw refusal(`has a control character in ${name}`);
    }
    if (!values.has(name)) {
      values.set(name, value);
    }
  }
  return values;
}

function refusal(fault: string): HubError {
  return new HubError('IotHubUnauthorized', `The username ${fault}.`);
}
