/** An MQTT broker in plain Node, which stores nothing and lets everybody in. */
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { announce, listenOptions } from './reference-listener.js';

const broker = await Aedes.createBroker();
const server = createServer(listenOptions(), broker.handle);
server.listen(listenOptions());
await announce(server);
