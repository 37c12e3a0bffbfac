/** Sends hostile cases to the hub under test and says how each ended. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Packet } from 'mqtt-packet';
import { open } from '../device-client.js';
import { openTls, type DeviceSocketOptions } from '../device-socket.js';
import type { MqttClient } from '../mqtt-client.js';
import type { TestIdentity } from '../registry.js';
import type { HostileCase } from './cases.js';
import { completed, field, rawPacket, uint16 } from './raw-packet.js';

/** Longer than any time limit of the hub under test. */
const endMs = 20_000;

/**
 * Sends the case as the first bytes of a connection.
 *
 * @returns all that the hub answered before it closed the connection
 * @throws Error when it does not close it
 */
export async function attackFirst(
  { bytes, cuts }: HostileCase,
  socketOptions: DeviceSocketOptions = {},
): Promise<Buffer> {
  const socket = await openTls(socketOptions);
  const answers: Buffer[] = [];
  socket.on('data', (answer: Buffer) => answers.push(answer));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  for (const piece of cut(completed(bytes), cuts)) {
    socket.write(piece);
  }
  const isClosed = await inTime(closed);
  socket.destroy();
  if (!isClosed) {
    throw new Error(`the connection stays open after ${bytes.toString('hex')}`);
  }
  return Buffer.concat(answers);
}

interface LaterOutcome {
  readonly end: 'closed' | 'answered';
  readonly answers: readonly Packet[];
}

/** A device that sends hostile cases behind its CONNECT, and connects again when that ended it. */
export class ConnectedAttacker {
  #client: MqttClient | undefined;
  #marker = 0;
  connects = 0;

  constructor(readonly identity: TestIdentity) {}

  /**
   * Sends the case, then a question of which the answer shows that the hub got past it.
   *
   * @throws Error when the hub neither answers nor closes the connection
   */
  async attack({ bytes, cuts }: HostileCase): Promise<LaterOutcome> {
    const client = await this.#connected();
    client.received.splice(0);
    this.#marker = (this.#marker % 0xffff) + 1;
    const marker = this.#marker;
    for (const piece of cut(Buffer.concat([completed(bytes), question(marker)]), cuts)) {
      client.sendBytes(piece);
    }
    const answered = client
      .expect('unsuback', ({ messageId }) => messageId === marker)
      .then(() => 'answered' as const)
      .catch(() => undefined);
    const end = (await answered) ?? (client.isClosed ? 'closed' : undefined);
    if (end === undefined) {
      throw new Error(`neither an answer nor an end after ${bytes.toString('hex')}`);
    }
    return { end, answers: [...client.received] };
  }

  async stop(): Promise<void> {
    if (this.#client?.isClosed === false) {
      await this.#client.disconnect();
    }
  }

  async #connected(): Promise<MqttClient> {
    if (this.#client === undefined || this.#client.isClosed) {
      this.connects += 1;
      this.#client = await open(this.identity);
    }
    return this.#client;
  }
}

/** UNSUBSCRIBE of something that was never subscribed to. */
function question(packetId: number): Buffer {
  return rawPacket(0xa2, Buffer.concat([uint16(packetId), field('nothing')]));
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b);
  const ends = [...places, bytes.length];
  const pieces = ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
  return pieces.filter(({ length }) => length > 0);
}

async function inTime(event: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const isInTime = await Promise.race([
    event.then(() => true),
    delay(endMs, false, { signal: patience.signal }),
  ]);
  patience.abort();
  return isInTime;
}
