/** PUBLISH packets of QoS 1. */
import { generate } from 'mqtt-packet';
import {
  MessageIds,
  messageIdPlaceholder,
  type MessageTemplate,
  type MessageTemplateOptions,
} from './message-template.js';

/** What an SDK adds to a message when its user sets these (device-mqtt.md section 5). */
const sdkProperties =
  `%24.mid=${messageIdPlaceholder}&%24.ct=application%2Fjson&%24.ce=utf-8` +
  '&temperatureAlert=true&line=7';

export class PublishTemplate implements MessageTemplate {
  readonly idMax = 0xffff;
  readonly #packet: Buffer;
  readonly #packetIdOffset: number;
  /** Nothing when messages bear no id of their own. */
  readonly #messageIds: MessageIds | undefined;

  constructor({ device, payload, hasProperties }: MessageTemplateOptions) {
    const topic = `devices/${device.id}/messages/events/${hasProperties ? sdkProperties : ''}`;
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
    this.#messageIds = hasProperties ? new MessageIds(this.#packet) : undefined;
  }

  messages(packetIds: readonly number[]): Buffer {
    const { length } = this.#packet;
    const bytes = Buffer.allocUnsafe(packetIds.length * length);
    let start = 0;
    for (const packetId of packetIds) {
      this.#packet.copy(bytes, start);
      bytes.writeUInt16BE(packetId, start + this.#packetIdOffset);
      this.#messageIds?.writeNext(bytes, start);
      start += length;
    }
    return bytes;
  }
}
