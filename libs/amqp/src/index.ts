/**
 * AMQP 1.0 for a server that knows nothing of hubs: values that keep their types (`codec`),
 * performatives (`performatives`), frames (`frames`), messages (`message`), and what a connection, its
 * sessions and its links do (`engine`). Nothing here has a socket or a clock. Every bound on what a
 * client can make us keep is in `engine/connection-settings.ts`, `codec/amqp-reader.ts` and
 * `frames/frame-stream.ts`.
 */
export { AmqpDecodeError } from './codec/amqp-decode-error.js';
