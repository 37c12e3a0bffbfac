import type { Socket } from 'node:net';
import type { ClientSource } from '@linchpin/auth';
import { decodeProxyHeader, fixedLength, ProxyHeaderError, restLengthOf } from './proxy-header.js';

/**
 * Takes the header off the socket and leaves what follows unread, for TLS.
 *
 * @returns the client; undefined when the balancer speaks for itself (a health check)
 * @throws ProxyHeaderError when there is no valid header, or none in time
 */
export function readProxyHeader(
  socket: Socket,
  timeoutMs: number,
): Promise<ClientSource | undefined> {
  return new Promise((resolve, reject) => {
    const reader = new HeaderReader(socket);
    const settle = (): void => {
      clearTimeout(deadline);
      socket.off('readable', onReadable).off('close', onClose).off('error', onError);
    };
    const onReadable = (): void => {
      try {
        const header = reader.read();
        if (header !== undefined) {
          settle();
          resolve(decodeProxyHeader(header));
        }
      } catch (error) {
        onError(error as Error);
      }
    };
    const onClose = (): void => {
      onError(new ProxyHeaderError('the connection ended within the PROXY header'));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const deadline = setTimeout(() => {
      onError(new ProxyHeaderError('no PROXY header in time'));
    }, timeoutMs);
    // One listener until the end: a new one is called at once for bytes that were seen already.
    socket.on('readable', onReadable).on('close', onClose).on('error', onError);
  });
}

class HeaderReader {
  #fixed: Buffer | undefined;

  constructor(private readonly socket: Socket) {}

  /** The whole header, once it has come. @throws ProxyHeaderError */
  read(): Buffer | undefined {
    this.#fixed ??= this.#take(fixedLength);
    if (this.#fixed === undefined) {
      return undefined;
    }
    const length = restLengthOf(this.#fixed);
    if (length === 0) {
      return this.#fixed;
    }
    const rest = this.#take(length);
    return rest && Buffer.concat([this.#fixed, rest]);
  }

  #take(length: number): Buffer | undefined {
    const bytes = this.socket.read(length) as Buffer | null;
    if (bytes !== null && bytes.length < length) {
      throw new ProxyHeaderError('the connection ended within the PROXY header');
    }
    return bytes ?? undefined;
  }
}
