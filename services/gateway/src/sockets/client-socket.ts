import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The client's stream: TLS over TCP, or whatever behaves like it. */
export type ClientSocket = Duplex & Pick<Socket, 'destroySoon'>;

/** A client that does not take the last bytes is not waited for. */
const lastBytesMs = 5_000;

/** Closes it behind what was written. */
export function closeSoon(socket: ClientSocket): void {
  if (socket.destroyed) {
    return;
  }
  socket.destroySoon();
  const timer = setTimeout(() => {
    socket.destroy();
  }, lastBytesMs).unref();
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
