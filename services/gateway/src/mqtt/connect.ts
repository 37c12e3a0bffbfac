/** CONNECT: who claims to come, by which credential, and with which will (device-mqtt.md section 2). */
import {
  azureLimits,
  decodePropertyBag,
  errorTable,
  HubError,
  parseMqttUsername,
  PublishTopicParser,
  toMessageProperties,
  type DeviceIdentityId,
  type MessageProperties,
} from '@linchpin/wire';
import type { IConnectPacket } from 'mqtt-packet';
import type { Credential } from '../domain/authenticator.js';
import type { ConnectClaim } from '../domain/open-session.js';
import { markRetained, markWill } from '../domain/send-telemetry.js';
import { decodePacket } from './decode-packet.js';
import { connack, connackCode, connackUnsupportedMqtt5 } from './packets.js';
import { ProtocolViolation } from './protocol-violation.js';

/** The level of the protocol is not 3.1.1; `answer` says so in the client's own version. */
export class UnsupportedProtocol extends Error {
  override readonly name = 'UnsupportedProtocol';

  constructor(
    level: number,
    readonly answer: Buffer,
  ) {
    super(`MQTT protocol level ${level}`);
  }
}

/** Of CONNECT, what counts beyond its answer. */
export interface ConnectRequest {
  readonly claim: ConnectClaim;
  readonly keepAliveSeconds: number;
  readonly will: RawWill | undefined;
}

/** A will as CONNECT has it: whether it may be sent is looked at when it is due. */
export interface RawWill {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

/** What is published when the connection ends without DISCONNECT. */
interface Will {
  readonly body: Buffer;
  readonly message: MessageProperties;
}

/**
 * @param certificates what the client showed in the TLS handshake, the leaf first, each in DER; asked
 * for only when they count
 * @throws ProtocolViolation: close; UnsupportedProtocol: answer and close; HubError for a claim that
 * cannot be judged: CONNACK 5
 */
export function readConnect(
  packet: Buffer,
  bodyStart: number,
  certificates: () => readonly Buffer[],
): ConnectRequest {
  expectMqtt311(packet, bodyStart);
  const { clientId, username, password, clean, keepalive, will } = decodePacket(
    packet,
  ) as IConnectPacket;
  const { host, deviceId, moduleId, modelId } = parseMqttUsername(username ?? '', clientId);
  return {
    claim: {
      host,
      identity: moduleId === undefined ? { deviceId } : { deviceId, moduleId },
      credential: readCredential(password, certificates),
      modelId,
      cleanSession: clean ?? false,
    },
    keepAliveSeconds: keepalive ?? 0,
    will: will && {
      topic: will.topic,
      // Copied, or it would keep the whole packet.
      payload: Buffer.from(will.payload),
      retain: will.retain === true,
    },
  };
}

/**
 * Looked at before the rest is decoded: of another version nothing else is understood.
 *
 *     body = nameLength:uint16 name level:byte ...
 */
function expectMqtt311(packet: Buffer, bodyStart: number): void {
  const nameStart = bodyStart + 2;
  if (packet.length <= nameStart) {
    throw new ProtocolViolation('CONNECT without a protocol name');
  }
  const nameEnd = nameStart + packet.readUInt16BE(bodyStart);
  const name = packet.toString('latin1', nameStart, Math.min(nameEnd, nameStart + 8));
  const level = packet[nameEnd];
  if ((name !== 'MQTT' && name !== 'MQIsdp') || level === undefined) {
    throw new ProtocolViolation('CONNECT of another protocol');
  }
  if (level === 5) {
    throw new UnsupportedProtocol(level, connackUnsupportedMqtt5);
  }
  if (name !== 'MQTT' || level !== 4) {
    throw new UnsupportedProtocol(level, connack(connackCode.unacceptableProtocol));
  }
}

/** Section 2.4: a password decides, and a certificate shown beside it is ignored. */
function readCredential(
  password: Buffer | undefined,
  certificates: () => readonly Buffer[],
): Credential {
  if (password !== undefined && password.length > 0) {
    if (password.length > azureLimits.sasTokenLengthMax) {
      throw new HubError('IotHubUnauthorized', 'The password is longer than any token.');
    }
    return { kind: 'sas', token: password.toString('utf8') };
  }
  const chain = certificates();
  if (chain.length > 0) {
    return { kind: 'certificates', chain };
  }
  throw new HubError('IotHubUnauthorized', 'Neither a password nor a client certificate.');
}

/**
 * Section 2.8.
 *
 * @throws HubError `ArgumentInvalid` when the will's topic is not a telemetry topic of the client's own
 */
export function readWill({ topic, payload, retain }: RawWill, identity: DeviceIdentityId): Will {
  const meaning = new PublishTopicParser(identity).parse(topic);
  if (meaning.kind !== 'telemetry') {
    throw new HubError('ArgumentInvalid', 'The topic of a will must be a telemetry topic.');
  }
  const properties = toMessageProperties(decodePropertyBag(meaning.bag));
  const message = markWill(retain ? markRetained(properties) : properties);
  return { body: payload, message };
}

/** What a refused client is told: code 5 for whatever is its own fault (section 2.9). */
export function connackFor(error: unknown): Buffer {
  const isOurFault = !(error instanceof HubError) || errorTable[error.code].mqtt === 'unavailable';
  return connack(isOurFault ? connackCode.unavailable : connackCode.notAuthorized);
}
