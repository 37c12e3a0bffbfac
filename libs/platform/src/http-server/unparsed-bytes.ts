/**
 * What arrives on a connection and is not parsed yet. Parsed, a chunk of one byte takes some 400 bytes and
 * as long as a short request; unparsed, it is 6 bytes.
 */
import type { Duplex } from 'node:stream';

/** Node reads up to 64 KiB at once; of these no more than so many are parsed behind a pause. */
const pieceBytes = 1024;

/** Hands bytes to the parser of a connection piece by piece: while it is paused, they wait as they came. */
export function parseInPieces(socket: Duplex): void {
  const push = socket.push.bind(socket);
  socket.push = (bytes: Buffer | null) => {
    if (bytes === null) {
      return push(null);
    }
    let wantsMore = true;
    for (let start = 0; start < bytes.length && !socket.destroyed; start += pieceBytes) {
      wantsMore = push(bytes.subarray(start, start + pieceBytes));
    }
    return wantsMore;
  };
  // Where somebody else listens, Node's parser takes bytes from the stream and not from beneath it.
  socket.on('data', passOver);
}

/** The parser has left: what comes is handed on as it came, to whoever reads it. */
export function parseNoMore(socket: Duplex): void {
  Reflect.deleteProperty(socket, 'push');
  socket.off('data', passOver);
}

function passOver(): void {
  // Node's parser listens, too.
}

/** Reads and drops what comes from now on, so that the client gets to see its answer, and parses none of it. */
export function dropUnparsed(socket: Duplex): void {
  socket.removeAllListeners('data');
  socket.resume();
}
