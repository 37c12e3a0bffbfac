/** Where a reference listens: at an address that it is told, with the hub's own certificates and TLS policy. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { Server, TlsOptions } from 'node:tls';
import { standardTlsPolicy, toSecureContextOptions } from '@linchpin/platform/tls';
import { endWithParent } from './child.js';

/** In the reference's process, whose command line has the address and the files. */
export function listenOptions(): TlsOptions & ListenOptions {
  const [host = '', ...files] = process.argv.slice(2);
  return {
    ...toSecureContextOptions(standardTlsPolicy),
    cert: files.map((file) => readFileSync(`${file}.crt`)),
    key: files.map((file) => readFileSync(`${file}.key`)),
    noDelay: true,
    host,
    port: 0,
    backlog: 4_096,
  };
}

/** Tells the benchmark where the server listens, and ends the process with it. */
export async function announce(server: Server): Promise<void> {
  await once(server, 'listening');
  endWithParent();
  process.send?.({ port: (server.address() as AddressInfo).port });
}
