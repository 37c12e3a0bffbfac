/**
 * Who is asked for a client certificate, and when. OpenSSL verifies whatever a client shows, within the
 * handshake and on the thread that serves everybody, and Node bounds neither its size nor its effort:
 * 100 KB with name constraints take 0.65 s, and nobody need show a credential for that. How much it is,
 * is known only afterwards. So of one origin some are asked at a time and the others wait for their turn;
 * and of an origin that has cost too much nobody is asked for some time, which clients with tokens do not
 * feel.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { shownCertificates } from './shown-certificates.js';

/** What it takes of a socket. */
type AskedSocket = Pick<Socket, 'bytesRead' | 'destroyed' | 'destroy'>;

/** More than what anybody sends who shows a chain that can count. */
const handshakeBytesMax = 24_576;
/** What costs little whatever it is. */
const freeBytes = 12_288;
/** Measured, at the worst: 34 KB take 73 ms, 99 KB take 650 ms. */
const msPerSquareKilobyte = 0.07;

/** Of one origin. */
const askedAtOnceMax = 16;
/** What an origin may cost at once, and in the long run as a share of all time. */
const costMsMax = 100;
const costShare = 0.01;

/** So often is looked at what those have sent who are asked: a handshake need not come to its end. */
const watchMs = 100;

export class CertificateRequests {
  readonly #origins = new Map<string, Origin>();
  #watch: NodeJS.Timeout | undefined;

  /** Of how many origins something is remembered. */
  get origins(): number {
    return this.#origins.size;
  }

  /**
   * Waits for the client's turn to shake hands.
   *
   * @param origin the client's address, or the network in which it may have any
   * @param socket from which nothing was read yet; closed perhaps when this resolves
   * @returns whether to ask for a certificate; then `succeeded` or `failed` is due
   */
  async begin(origin: string, socket: AskedSocket): Promise<boolean> {
    const known = this.#origins.get(origin) ?? new Origin();
    this.#origins.set(origin, known);
    this.#watch ??= setInterval(() => {
      this.#look();
    }, watchMs).unref();
    return known.begin(socket);
  }

  /** The handshake failed: all that came was a part of it. After its end this does nothing. */
  failed(origin: string, socket: AskedSocket): void {
    this.#origins.get(origin)?.end(socket, socket.bytesRead);
  }

  /** @returns whether the client has shown no more than it may */
  succeeded(origin: string, socket: AskedSocket, secured: TLSSocket): boolean {
    // Behind the handshake other bytes may have come already: so it is looked closer at those who sent many.
    const bytes = socket.bytesRead > freeBytes ? shownBytes(secured) : 0;
    this.#origins.get(origin)?.end(socket, bytes);
    return bytes <= handshakeBytesMax;
  }

  #look(): void {
    for (const [name, origin] of this.#origins) {
      origin.cutOff();
      if (origin.isForgettable()) {
        this.#origins.delete(name);
      }
    }
    if (this.#origins.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
  }
}

function shownBytes(secured: TLSSocket): number {
  return [...shownCertificates(secured)].reduce((sum, { length }) => sum + length, 0);
}

interface WaitingClient {
  readonly socket: AskedSocket;
  readonly resolve: (isAsked: boolean) => void;
}

class Origin {
  /** Those who are asked, and whose handshake has not ended. */
  readonly #asked = new Set<AskedSocket>();
  readonly #waiting: WaitingClient[] = [];
  #costMs = 0;
  #costAtMs = 0;

  begin(socket: AskedSocket): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.push({ socket, resolve });
      this.#admit();
    });
  }

  end(socket: AskedSocket, bytes: number): void {
    if (this.#asked.delete(socket)) {
      this.#charge(bytes);
      this.#admit();
    }
  }

  /** Ends the connections of those who have sent too much. */
  cutOff(): void {
    for (const socket of this.#asked) {
      if (socket.bytesRead > handshakeBytesMax) {
        this.end(socket, socket.bytesRead);
        socket.destroy();
      }
    }
  }

  isForgettable(): boolean {
    return this.#asked.size === 0 && this.#waiting.length === 0 && this.#unpaidMs() === 0;
  }

  #admit(): void {
    while (this.#isSpent() || this.#asked.size < askedAtOnceMax) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        return;
      }
      const isAsked = !this.#isSpent() && !next.socket.destroyed;
      if (isAsked) {
        this.#asked.add(next.socket);
      }
      next.resolve(isAsked);
    }
  }

  #charge(bytes: number): void {
    if (bytes > freeBytes) {
      this.#costMs = this.#unpaidMs() + msPerSquareKilobyte * (bytes / 1_024) ** 2;
      this.#costAtMs = performance.now();
    }
  }

  #isSpent(): boolean {
    return this.#unpaidMs() >= costMsMax;
  }

  #unpaidMs(): number {
    return Math.max(0, this.#costMs - (performance.now() - this.#costAtMs) * costShare);
  }
}
