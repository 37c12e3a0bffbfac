/**
 * An MQTT broker in plain Node, which stores nothing and lets everybody in: what the hub is compared
 * with. It serves the hub's own certificates under the same TLS policy, at an address that it is told.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { standardTlsPolicy, toSecureContextOptions } from '@linchpin/platform/tls';
import { Aedes } from 'aedes';
import { endWithParent } from './child.js';

const [host, ...files] = process.argv.slice(2);
const broker = await Aedes.createBroker();
const server = createServer(
  {
    ...toSecureContextOptions(standardTlsPolicy),
    cert: files.map((file) => readFileSync(`${file}.crt`)),
    key: files.map((file) => readFileSync(`${file}.key`)),
    noDelay: true,
  },
  broker.handle,
);
server.listen({ host, port: 0, backlog: 4_096 });
await once(server, 'listening');
endWithParent();
process.send?.({ port: (server.address() as AddressInfo).port });
