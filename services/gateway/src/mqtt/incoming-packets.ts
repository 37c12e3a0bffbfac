import type { Room } from '@linchpin/fairness';
import { azureLimits } from '@linchpin/wire';
import type { PartialInputMemory } from '../sockets/partial-input-memory.js';
import { PacketStream, type PacketListener } from './packet-stream.js';
import { ProtocolViolation } from './protocol-violation.js';

/**
 * What one connection sends, cut into packets, and the memory for what is not handed on yet. A connection
 * that wants more of it than there is for its address or its hub is closed: only one that sends slowly, or
 * behind its CONNECT, holds any.
 */
export class IncomingPackets {
  readonly #stream: PacketStream;
  /** Undefined once the connection has ended. */
  #room: Room | undefined;
  /** Of CONNECT, while its credential is judged. */
  #connectBytes = 0;

  /** @param origin from where the client comes, as `originOf` names it */
  constructor(
    origin: string,
    private readonly memory: PartialInputMemory,
    onPacket: PacketListener,
  ) {
    this.#stream = new PacketStream(azureLimits.mqttConnectLengthMax, onPacket);
    this.#room = memory.unauthenticated.enter(origin);
  }

  /** Something is kept that is not handed on yet. */
  get isPartial(): boolean {
    return this.#stream.partialBytes > 0;
  }

  /**
   * @returns whether a packet has begun in it whose end is not in it
   * @throws ProtocolViolation for a malformed or too long packet, or when there is no memory for it; and
   * what the listener throws
   */
  push(chunk: Buffer): boolean {
    const { begun } = this.#stream;
    this.#stream.push(chunk);
    this.#reserve();
    return this.#stream.begun !== begun;
  }

  /**
   * CONNECT has come. Until its verdict nothing is handed on, and all of it counts, with what comes behind it:
   * whoever has no credential yet may not keep more than that.
   */
  holdBehind(connect: Buffer): void {
    this.#stream.remainingLengthMax = azureLimits.mqttRemainingLengthMax;
    this.#stream.hold();
    this.#connectBytes = connect.length;
  }

  /** The credential is good. @throws ProtocolViolation when its hub may not keep what came behind CONNECT */
  proven(hub: string): void {
    this.#room?.leave();
    this.#room = this.memory.connected.enter(hub);
    this.#connectBytes = 0;
    this.#reserve();
  }

  /** Hands on what came behind CONNECT, and goes on. @throws as `push` */
  release(): void {
    this.#stream.release();
    this.#reserve();
  }

  /** The connection has ended: nothing is kept from now on. */
  end(): void {
    this.#room?.leave();
    this.#room = undefined;
    this.#stream.clear();
  }

  /** A packet before may have ended the connection. */
  #reserve(): void {
    const bytes = this.#stream.partialBytes + this.#connectBytes;
    if (this.#room?.resize(bytes) === false) {
      throw new ProtocolViolation(
        'a packet that comes slowly, while there is no memory to keep it',
      );
    }
  }
}
