/**
 * AMQP 1.0 for a server that knows nothing of hubs: values that keep their types (`codec`),
 * performatives (`performatives`), frames (`frames`), messages (`message`), and what a connection, its
 * sessions and its links do (`engine`). Nothing here has a socket or a clock. What a client can make us
 * keep has its bounds in `engine/connection-settings.ts`, `codec/amqp-reader.ts` and
 * `frames/frame-stream.ts`.
 *
 * A server makes an `AmqpConnection` for each socket: `push` what the socket gives, `flush` when the
 * connection wants it, `tick` several times a minute. The connection asks its `ConnectionHandlers` about
 * SASL and links; a link that is accepted tells its own handlers of deliveries, credit and outcomes.
 */
export { AmqpDecodeError } from './codec/amqp-decode-error.js';
export {
  binary,
  int,
  long,
  map,
  symbol,
  timestamp,
  ubyte,
  ulong,
  uuid,
  type AmqpArray,
  type AmqpList,
  type AmqpMap,
  type AmqpSymbol,
  type AmqpValue,
  type Described,
  type Fields,
  type TypedBigint,
  type TypedBytes,
  type TypedNumber,
  type TypedValue,
} from './codec/amqp-value.js';
export { stringArray } from './codec/array.js';
export { textOf } from './codec/fields.js';
export { AmqpConnection } from './engine/connection.js';
export type { ConnectionHandlers, Transport } from './engine/connection-owner.js';
export {
  defaultLimits,
  type ConnectionLimits,
  type ConnectionSettings,
} from './engine/connection-settings.js';
export {
  IncomingLink,
  type IncomingDelivery,
  type IncomingLinkHandlers,
  type UnsettledDelivery,
} from './engine/incoming-link.js';
export type { LinkTerms } from './engine/link-endpoint.js';
export type {
  OutgoingDelivery,
  OutgoingLink,
  OutgoingLinkHandlers,
  Sending,
} from './engine/outgoing-link.js';
export { encodeMessage, type Message } from './message/encode-message.js';
export { batchMessageFormat, expandBatch } from './message/message-batch.js';
export { bytesOfBody, type MessageBody } from './message/message-body.js';
export type { MessageProperties } from './message/message-properties.js';
export { ReceivedMessage } from './message/received-message.js';
export type { Attach } from './performatives/attach.js';
export { amqpError, type AmqpError } from './performatives/error.js';
export type { Open } from './performatives/open.js';
export { accepted, released, type Outcome } from './performatives/outcomes.js';
export { saslCodes, type SaslInit, type SaslOutcome } from './performatives/sasl.js';
export { sourceAt, targetAt, type Source, type Target } from './performatives/terminus.js';
