import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import { AmqpReader } from '../codec/amqp-reader.js';
import type { Fields } from '../codec/amqp-value.js';
import { readFields } from '../codec/fields.js';
import { readValue } from '../codec/read-value.js';
import { descriptors, readDescriptor } from '../performatives/descriptors.js';
import type { MessageBody } from './message-body.js';
import { readMessageHeader, type MessageHeader } from './message-header.js';
import { readMessageProperties, type MessageProperties } from './message-properties.js';

/**
 * A message as it came (part 3, section 3.2). Its sections are found at once, and each is decoded when
 * it is asked for; so each may throw AmqpDecodeError. What is bytes is a view.
 */
export class ReceivedMessage {
  /** Where the value of each section begins, by descriptor; that of the last when there may be several. */
  readonly #sections = new Map<number, number>();
  /** Where the sections of the body begin, all of one kind. */
  readonly #bodySections: number[] = [];
  #bodyKind: number | undefined;
  readonly #reader: AmqpReader;

  /** @throws AmqpDecodeError for what is no message */
  constructor(private readonly payload: Buffer) {
    const reader = new AmqpReader(payload);
    this.#reader = reader;
    while (!reader.isAtEnd) {
      const kind = readDescriptor(reader);
      this.#note(kind, reader.position);
      reader.skipValue();
    }
  }

  get header(): MessageHeader | undefined {
    return this.#read(descriptors.header, readMessageHeader);
  }

  get deliveryAnnotations(): Fields | undefined {
    return this.#read(descriptors.deliveryAnnotations, readFields);
  }

  get messageAnnotations(): Fields | undefined {
    return this.#read(descriptors.messageAnnotations, readFields);
  }

  get properties(): MessageProperties | undefined {
    return this.#read(descriptors.properties, readMessageProperties);
  }

  get applicationProperties(): Fields | undefined {
    return this.#read(descriptors.applicationProperties, readFields);
  }

  get body(): MessageBody {
    switch (this.#bodyKind) {
      case descriptors.data:
        return { type: 'data', sections: this.#bodySections.map((start) => this.#readData(start)) };
      case descriptors.amqpSequence: {
        const sections = this.#bodySections.map((start) => readValue(this.#at(start)));
        return { type: 'sequence', sections };
      }
      case descriptors.amqpValue:
        return { type: 'value', value: readValue(this.#at(this.#bodySections[0] ?? 0)) };
      default:
        return { type: 'none' };
    }
  }

  #note(kind: number, start: number): void {
    if (kind < descriptors.header || kind > descriptors.footer) {
      throw new AmqpDecodeError(`the descriptor ${kind} is that of no section`);
    }
    if (kind < descriptors.data || kind === descriptors.footer) {
      if (this.#sections.has(kind)) {
        throw new AmqpDecodeError(`two sections of the kind ${kind}`);
      }
      this.#sections.set(kind, start);
      return;
    }
    const mayRepeat = kind !== descriptors.amqpValue && kind === this.#bodyKind;
    if (this.#bodyKind !== undefined && !mayRepeat) {
      throw new AmqpDecodeError('a body of several forms');
    }
    if (this.#bodySections.length === bodySectionsMax) {
      throw new AmqpDecodeError(`more than ${bodySectionsMax} sections`);
    }
    this.#bodyKind = kind;
    this.#bodySections.push(start);
  }

  #read<T>(kind: number, read: (reader: AmqpReader) => T): T | undefined {
    const start = this.#sections.get(kind);
    return start === undefined ? undefined : read(this.#at(start));
  }

  #readData(start: number): Buffer {
    const data = this.#at(start).readBinary();
    if (data === null) {
      throw new AmqpDecodeError('a data section of null');
    }
    return data;
  }

  #at(start: number): AmqpReader {
    this.#reader.reset(this.payload, start, this.payload.length);
    return this.#reader;
  }
}

/** The smallest message of a batch takes a dozen bytes, so more than this are no use to anybody. */
const bodySectionsMax = 16_384;
