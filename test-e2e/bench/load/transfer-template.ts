/** Unsettled transfers of one frame, whose delivery tag is the delivery id. */
import { encodeMessage, type Message } from '@linchpin/amqp';
import { encodeTransfer } from '@linchpin/amqp/client-frames';
import { framesOf } from './amqp-opening.js';
import {
  MessageIds,
  messageIdPlaceholder,
  type MessageTemplate,
  type MessageTemplateOptions,
} from './message-template.js';

/** What an SDK adds to a message when its user sets these (amqp.md section 6.1). */
const sdkProperties: Message = {
  properties: {
    messageId: messageIdPlaceholder,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
  },
  applicationProperties: new Map([
    ['temperatureAlert', 'true'],
    ['line', '7'],
  ]),
};

/** Stands for the delivery id, and stands in no message. */
const idPlaceholder = 0xfedcba98;

export class TransferTemplate implements MessageTemplate {
  readonly idMax = 0xffffffff;
  readonly #frame: Buffer;
  readonly #idOffset: number;
  readonly #tagOffset: number;
  /** Nothing when messages bear no id of their own. */
  readonly #messageIds: MessageIds | undefined;

  constructor({ payload, hasProperties }: MessageTemplateOptions) {
    const tag = Buffer.alloc(4);
    tag.writeUInt32BE(idPlaceholder);
    const message = encodeMessage({
      ...(hasProperties && sdkProperties),
      body: { type: 'data', sections: [payload] },
    });
    const transfer = {
      handle: 0,
      deliveryId: idPlaceholder,
      deliveryTag: tag,
      messageFormat: 0,
      settled: false,
      more: false,
      aborted: null,
    };
    this.#frame = framesOf((output) => {
      output.writeFrame(0, encodeTransfer, transfer, message);
    });
    this.#idOffset = this.#frame.indexOf(tag);
    this.#tagOffset = this.#frame.indexOf(tag, this.#idOffset + tag.length);
    this.#messageIds = hasProperties ? new MessageIds(this.#frame) : undefined;
  }

  messages(deliveryIds: readonly number[]): Buffer {
    const { length } = this.#frame;
    const bytes = Buffer.allocUnsafe(deliveryIds.length * length);
    let start = 0;
    for (const id of deliveryIds) {
      this.#frame.copy(bytes, start);
      bytes.writeUInt32BE(id, start + this.#idOffset);
      bytes.writeUInt32BE(id, start + this.#tagOffset);
      this.#messageIds?.writeNext(bytes, start);
      start += length;
    }
    return bytes;
  }
}
