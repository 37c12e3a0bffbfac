import { once } from 'node:events';
import type { Socket } from 'node:net';

/** How long the hub lets the socket be. */
export async function lifeMs(socket: Socket): Promise<number> {
  const began = performance.now();
  socket.on('error', () => undefined).resume();
  await once(socket, 'close');
  return performance.now() - began;
}
