/** PUBLISH packets of one device that differ in little: encoded once, copied and filled in. */
import { generate } from 'mqtt-packet';

/** What an SDK adds to a message when its user sets these (device-mqtt.md section 5). */
const messageIdPlaceholder = '00000000-0000-4000-8000-000000000000';
const sdkProperties =
  `%24.mid=${messageIdPlaceholder}&%24.ct=application%2Fjson&%24.ce=utf-8` +
  '&temperatureAlert=true&line=7';
/** Of the placeholder, the end that counts. */
const numberLength = 12;

export class PublishTemplate {
  readonly #packet: Buffer;
  readonly #packetIdOffset: number;
  /** Nothing when messages bear no id of their own. */
  readonly #numberOffset: number | undefined;
  #number = 0;

  /** QoS 1. @param hasProperties each message bears another `$.mid`, a content type and two of its own */
  constructor(deviceId: string, payload: Buffer, hasProperties: boolean) {
    const topic = `devices/${deviceId}/messages/events/${hasProperties ? sdkProperties : ''}`;
    this.#packet = generate({
      cmd: 'publish',
      topic,
      payload,
      qos: 1,
      messageId: 1,
      dup: false,
      retain: false,
    });
    this.#packetIdOffset = this.#packet.length - payload.length - 2;
    const placeholder = this.#packet.indexOf(messageIdPlaceholder);
    this.#numberOffset = hasProperties
      ? placeholder + messageIdPlaceholder.length - numberLength
      : undefined;
  }

  /** In one piece, in this order. */
  packets(packetIds: readonly number[]): Buffer {
    const { length } = this.#packet;
    const bytes = Buffer.allocUnsafe(packetIds.length * length);
    let start = 0;
    for (const packetId of packetIds) {
      this.#packet.copy(bytes, start);
      bytes.writeUInt16BE(packetId, start + this.#packetIdOffset);
      if (this.#numberOffset !== undefined) {
        this.#number += 1;
        const number = String(this.#number).padStart(numberLength, '0');
        bytes.write(number, start + this.#numberOffset, 'latin1');
      }
      start += length;
    }
    return bytes;
  }
}
