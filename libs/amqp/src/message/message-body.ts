import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import type { AmqpValue } from '../codec/amqp-value.js';

/** What a message is about, in the one form of three that it has (part 3, sections 3.2.6 to 3.2.8). */
export type MessageBody =
  | { readonly type: 'none' }
  | { readonly type: 'data'; readonly sections: readonly Buffer[] }
  | { readonly type: 'sequence'; readonly sections: readonly AmqpValue[] }
  | { readonly type: 'value'; readonly value: AmqpValue };

/**
 * The body as bytes: Data sections one behind the other, or a value that is text or bytes.
 *
 * @throws AmqpDecodeError for a body that has no such form
 */
export function bytesOfBody(body: MessageBody): Buffer {
  switch (body.type) {
    case 'none':
      return Buffer.alloc(0);
    case 'data': {
      const [first] = body.sections;
      return first !== undefined && body.sections.length === 1
        ? first
        : Buffer.concat(body.sections);
    }
    case 'value':
      return bytesOfValue(body.value);
    case 'sequence':
      throw new AmqpDecodeError('a body of sequences is not bytes');
  }
}

function bytesOfValue(value: AmqpValue): Buffer {
  if (value === null) {
    return Buffer.alloc(0);
  }
  if (typeof value === 'string') {
    return Buffer.from(value);
  }
  if (typeof value === 'object' && value.type === 'binary') {
    return value.value;
  }
  throw new AmqpDecodeError('a body of a value that is neither text nor binary');
}
