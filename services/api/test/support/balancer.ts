/** A load balancer that tells the api for whom it speaks. */
import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** Of 127.0.0.0/8 another than the tests have. */
export const balancer = '127.0.0.2';

interface Behind {
  readonly port: number;
  readonly authority: string;
}

/** A connection from `from` on which these bytes came first, and no TLS yet. */
export function dialFrom(from: string, { port }: Behind, bytes: Buffer): Socket {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from });
  socket.on('error', () => undefined).write(bytes);
  return socket;
}

/** TLS on such a connection. Rejects when the api ends it. */
export async function openFrom(from: string, api: Behind, header: Buffer): Promise<TLSSocket> {
  const secured = secure(dialFrom(from, api, header), api);
  await once(secured, 'secureConnect');
  return secured;
}

/** Of requests from `from`, each on a connection of its own with `header` in front. */
export function agentFrom(from: string, api: Behind, header: Buffer): Agent {
  const agent = new Agent();
  agent.createConnection = () => secure(dialFrom(from, api, header), api);
  return agent;
}

function secure(socket: Socket, { authority: ca }: Behind): TLSSocket {
  return connectTls({ socket, ca, servername: 'localhost' });
}
