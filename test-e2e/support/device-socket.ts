/**
 * TLS to the hub as a device opens it: through the load balancer, or to the port of one gateway, with
 * the header that the load balancer would send in front. The latter proves which gateway it is.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { proxyHeaderFor } from '@linchpin/testing';
import { hub } from './hub.js';
import { processState, type GatewayName } from './processes.js';

export interface DeviceSocketOptions {
  /** Past the load balancer, to this one. */
  readonly gateway?: GatewayName | undefined;
  /** The address that the device comes from, one of 127.0.0.0/8. */
  readonly from?: string | undefined;
  /** Of the load balancer: 8883 unless told otherwise. */
  readonly port?: number | undefined;
  readonly tls?: ConnectionOptions | undefined;
}

/** A TCP connection on which the TLS handshake may begin. */
export function openTcp({
  gateway,
  from = '127.0.0.1',
  port = 8883,
}: DeviceSocketOptions = {}): Socket {
  if (gateway === undefined) {
    return connectTcp({ host: hub.host, port, localAddress: from });
  }
  const socket = connectTcp({ host: '127.0.0.1', port: processState(gateway).port });
  socket.write(proxyHeaderFor(from));
  return socket;
}

/** Resolves when the handshake is complete. */
export async function openTls(options: DeviceSocketOptions = {}): Promise<TLSSocket> {
  const socket = startTls(options);
  // One that is refused by the gateway's own port tells of it twice.
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** The handshake is under way. */
export function startTls(options: DeviceSocketOptions = {}): TLSSocket {
  const tcp = openTcp(options);
  tcp.setNoDelay(true);
  const socket = connectTls({ socket: tcp, host: hub.host, ca: hub.authority, ...options.tls });
  tcp.once('error', (error) => {
    socket.destroy(error);
  });
  return socket;
}
