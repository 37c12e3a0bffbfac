/**
 * Commands, as many as the hub takes or so many a second: each sender sends the next when its last has been answered
 * and has arrived, so that no queue grows beyond what the hub keeps.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiConnection } from './api-connection.js';
import { commandBody } from './command-body.js';
import type { Latencies } from './latencies.js';

type Poster = Pick<ApiConnection, 'post'>;

interface CommandLoadOptions {
  /** A sender each. */
  readonly connections: readonly Poster[];
  /** The senders take them in turn. */
  readonly deviceIds: readonly string[];
  readonly payloadBytes: number;
  /** Of all senders together, each at its own even times; as many as the hub takes when it is left out. */
  readonly perSecond?: number | undefined;
  /** From the request, or from when it was due, until the device has the command. */
  readonly latencies: Latencies;
}

const finishMs = 10_000;

export class CommandLoad {
  readonly #arrivals = new Map<number, () => void>();
  readonly #senders: Promise<unknown>;
  #number = 0;
  #isStopped = false;

  constructor(private readonly options: CommandLoadOptions) {
    const { connections, deviceIds } = options;
    this.#senders = Promise.all(
      connections.map((connection, index) =>
        this.#sendAll(connection, deviceIds[index % deviceIds.length] ?? '', index),
      ),
    );
  }

  /** A device has the command of this number. */
  arrived(number: number): void {
    this.#arrivals.get(number)?.();
  }

  /** Resolves when all that was sent has arrived. @throws Error when some has not, or a request was refused */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const lost = delay(finishMs, undefined, { ref: false }).then(() => {
      throw new Error(`${this.#arrivals.size} commands have not arrived`);
    });
    await Promise.race([this.#senders, lost]);
  }

  async #sendAll(connection: Poster, deviceId: string, index: number): Promise<void> {
    const { connections, perSecond = Infinity } = this.options;
    const apartMs = 1_000 / perSecond;
    let dueMs = performance.now() + index * apartMs;
    while (!this.#isStopped) {
      if (apartMs > 0) {
        await delay(dueMs - performance.now());
      } else {
        dueMs = performance.now();
      }
      await this.#send(connection, deviceId, dueMs);
      dueMs += connections.length * apartMs;
    }
  }

  async #send(connection: Poster, deviceId: string, dueMs: number): Promise<void> {
    const { payloadBytes, latencies } = this.options;
    const number = this.#number++;
    const arrival = new Promise<void>((resolve) => {
      this.#arrivals.set(number, () => {
        this.#arrivals.delete(number);
        latencies.record(performance.now() - dueMs);
        resolve();
      });
    });
    const body = commandBody(number, payloadBytes);
    await connection.post(`/devices/${deviceId}/messages/deviceBound`, body, 204);
    await arrival;
  }
}
