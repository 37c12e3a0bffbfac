/** CONNECT: who claims to come, by which credential (device-mqtt.md section 2). */
import {
  errorTable,
  HubError,
  parseMqttUsername,
  PublishTopicParser,
  toMessageProperties,
  decodePropertyBag,
  type DeviceIdentityId,
  type MessageProperties,
} from '@linchpin/wire';
import type { IConnectPacket } from 'mqtt-packet';
import type { Credential } from '../domain/authenticator.js';
import type { ConnectClaim } from '../domain/open-session.js';
import { markRetained, markWill } from '../domain/send-telemetry.js';
import { connack, connackCode, connackUnsupportedMqtt5 } from './packets.js';

/** The level of the protocol is not 3.1.1; `answer` says so in the client's own version. */
export class UnsupportedProtocol extends Error {
  override readonly name = 'UnsupportedProtocol';

  constructor(
    version: number,
    readonly answer: Buffer,
  ) {
    super(`MQTT protocol level ${version}`);
  }
}

/** Published when the connection ends without DISCONNECT. */
export interface Will {
  readonly body: Buffer;
  readonly message: MessageProperties;
}

/**
 * @param certificates what the client showed in the TLS handshake, the leaf first, each in DER
 * @throws UnsupportedProtocol, HubError for a claim that cannot be judged: CONNACK 5
 */
export function readConnect(packet: IConnectPacket, certificates: readonly Buffer[]): ConnectClaim {
  const version = packet.protocolVersion ?? 4;
  if (version === 5) {
    throw new UnsupportedProtocol(version, connackUnsupportedMqtt5);
  }
  // mqtt-packet takes the top bit of the level, which bridges set, for a mode of its own.
  if (version !== 4 || 'bridgeMode' in packet) {
    throw new UnsupportedProtocol(version, connack(connackCode.unacceptableProtocol));
  }
  const { host, deviceId, moduleId, modelId } = parseMqttUsername(
    packet.username ?? '',
    packet.clientId,
  );
  return {
    host,
    identity: moduleId === undefined ? { deviceId } : { deviceId, moduleId },
    credential: readCredential(packet.password, certificates),
    modelId,
    cleanSession: packet.clean ?? false,
  };
}

/** Section 2.4: a password decides, and a certificate shown beside it is ignored. */
function readCredential(password: Buffer | undefined, certificates: readonly Buffer[]): Credential {
  if (password !== undefined && password.length > 0) {
    return { kind: 'sas', token: password.toString('utf8') };
  }
  if (certificates.length > 0) {
    return { kind: 'certificates', chain: certificates };
  }
  throw new HubError('IotHubUnauthorized', 'Neither a password nor a client certificate.');
}

/**
 * Section 2.8.
 *
 * @throws HubError `ArgumentInvalid` when the will's topic is not a telemetry topic of the client's own
 */
export function readWill(
  will: NonNullable<IConnectPacket['will']>,
  identity: DeviceIdentityId,
): Will {
  const topic = new PublishTopicParser(identity).parse(will.topic);
  if (topic.kind !== 'telemetry') {
    throw new HubError('ArgumentInvalid', 'The topic of a will must be a telemetry topic.');
  }
  const properties = toMessageProperties(decodePropertyBag(topic.bag));
  const message = markWill(will.retain === true ? markRetained(properties) : properties);
  return { body: Buffer.from(will.payload), message };
}

/** What a refused client is told: code 5 for whatever is its own fault (section 2.9). */
export function connackFor(error: unknown): Buffer {
  const isOurFault = !(error instanceof HubError) || errorTable[error.code].mqtt === 'unavailable';
  return connack(isOurFault ? connackCode.unavailable : connackCode.notAuthorized);
}
