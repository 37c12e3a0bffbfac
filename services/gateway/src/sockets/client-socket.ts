import type { Duplex } from 'node:stream';

/** The client's stream: TLS over TCP, or whatever behaves like it. */
export type ClientSocket = Duplex;

/** A client that does not take the last bytes, or does not close, is not waited for. */
const lastBytesMs = 5_000;

/** Nor is one that goes on sending. */
const unwantedBytesMax = 1_048_576;

/**
 * Closes it behind what was written. Until the client closes, too, what it sends is read and dropped: of a socket
 * that is closed over unread bytes TCP throws away what was written last, and with it why the connection ends.
 */
export function closeSoon(socket: ClientSocket): void {
  if (socket.destroyed) {
    return;
  }
  socket.end();
  let unwantedBytes = 0;
  socket.on('data', ({ length }: Buffer) => {
    unwantedBytes += length;
    if (unwantedBytes > unwantedBytesMax) {
      socket.destroy();
    }
  });
  socket.resume();
  const timer = setTimeout(() => {
    socket.destroy();
  }, lastBytesMs).unref();
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
