export { AmqpDecodeError } from './codec/amqp-decode-error.js';
