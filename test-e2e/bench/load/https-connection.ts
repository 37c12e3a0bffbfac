/**
 * A device of the load generator by HTTPS: it writes requests as they are handed to it, and counts the answers. Each of
 * them is a head and no more, since events are answered with 204:
 *
 *     answer = 'HTTP/1.1 204 ' reason CRLF *( header CRLF ) CRLF
 */
import type { Device } from '../devices.js';
import type { AcknowledgementListener, Endpoint, LoadConnection } from './load-connection.js';
import { LoadSocket } from './load-socket.js';
import { UnitStream } from './unit-stream.js';

const headEnd = '\r\n\r\n';
const accepted = 'HTTP/1.1 204 ';
const nothing = Buffer.alloc(0);

export class HttpsConnection implements LoadConnection {
  #answers = 0;
  #listener: AcknowledgementListener | undefined;

  private constructor(private readonly socket: LoadSocket) {
    const heads = new UnitStream(endOfHead, (bytes, start, end) => {
      this.#onHead(bytes, start, end);
    });
    socket.onBytes((chunk) => {
      heads.push(chunk);
      this.#listener?.turnEnded();
    });
  }

  /** Whoever it is: each request proves it anew. */
  static async open(
    endpoint: Endpoint,
    _device: Device,
    onLost: (error: Error) => void,
  ): Promise<HttpsConnection> {
    return new HttpsConnection(await LoadSocket.open(endpoint, onLost));
  }

  listen(listener: AcknowledgementListener): void {
    this.#listener = listener;
  }

  send(requests: Buffer): void {
    this.socket.write(requests);
  }

  close(): Promise<void> {
    return this.socket.close(nothing);
  }

  /** Answers come in the order of their requests, whose ids begin with 1. */
  #onHead(bytes: Buffer, start: number, end: number): void {
    if (bytes.toString('latin1', start, start + accepted.length) !== accepted) {
      throw new Error(`a request was answered with ${bytes.toString('latin1', start, end)}`);
    }
    this.#answers += 1;
    this.#listener?.acknowledged(this.#answers, performance.now());
  }
}

function endOfHead(bytes: Buffer, start: number): number | undefined {
  const end = bytes.indexOf(headEnd, start, 'latin1');
  return end === -1 ? undefined : end + headEnd.length;
}
