/** An AMQP server in plain Node, which stores nothing, lets everybody in, and accepts each message. */
import rhea from 'rhea';
import { announce, listenOptions } from './reference-listener.js';

const container = rhea.create_container();
const mechanisms = container.sasl_server_mechanisms as {
  enable_plain(judge: () => boolean): void;
};
mechanisms.enable_plain(() => true);
container.on('disconnected', () => undefined);
await announce(container.listen({ ...listenOptions(), transport: 'tls' }));
