import type { ClientSocket } from '../sockets/client-socket.js';
import type { ConnectionDeadlines } from './connection-deadlines.js';
import type { MqttServices } from './mqtt-services.js';
import type { MqttSession } from './mqtt-session.js';
import type { PubackQueue } from './puback-queue.js';

interface BackPressureParts {
  readonly socket: ClientSocket;
  readonly pubacks: PubackQueue;
  readonly session: MqttSession;
  readonly deadlines: ConnectionDeadlines;
  readonly services: MqttServices;
}

/** Changes of subscriptions that wait to be kept, before the client is read no further. */
const pendingChangesMax = 16;

/**
 * When a connected client is read: no more than can be stored, kept and answered. Each reason to pause
 * ends with a `flush`, a `drain` or a kept subscription of this connection, which reads on: nobody else
 * needs to wake it.
 */
export class BackPressure {
  #isPaused = false;
  #isOver = false;
  #pendingChanges = 0;

  constructor(private readonly parts: BackPressureParts) {}

  /** Silence that the gateway itself imposes is not the client's; not to read the answers is. */
  get imposesSilence(): boolean {
    return this.#isPaused && !this.parts.socket.writableNeedDrain;
  }

  /** The socket was paused until CONNECT was answered. */
  begin(): void {
    this.pauseIfNeeded();
    if (!this.#isPaused) {
      this.parts.socket.resume();
    }
  }

  /** Nothing more is read until the connection ends, which is near. */
  readNoMore(): void {
    this.#isOver = true;
    this.pauseIfNeeded();
  }

  changeBegins(): void {
    this.#pendingChanges += 1;
  }

  changeKept(): void {
    this.#pendingChanges -= 1;
    this.resumeIfPossible();
  }

  pauseIfNeeded(): void {
    if (!this.#isPaused && this.#mustPause) {
      this.#isPaused = true;
      this.parts.socket.pause();
    }
  }

  resumeIfPossible(): void {
    if (!this.#isPaused || this.#mustPause) {
      return;
    }
    this.#isPaused = false;
    this.parts.deadlines.readOn(performance.now());
    this.parts.socket.resume();
  }

  get #mustPause(): boolean {
    const { socket, pubacks, session, services } = this.parts;
    const { pending } = pubacks;
    return (
      this.#isOver ||
      pending >= services.limits.pendingPublishesMax ||
      // Who has nothing waiting is still read: a PINGREQ is answered whatever Kafka does.
      (pending > 0 && services.telemetryLog.isFull) ||
      this.#pendingChanges >= pendingChangesMax ||
      session.isHeldBack ||
      socket.writableNeedDrain
    );
  }
}
