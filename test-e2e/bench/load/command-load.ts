/**
 * As many commands as the hub takes: each sender sends the next when its last has been answered and has arrived, so
 * that no queue grows beyond what the hub keeps.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiConnection } from './api-connection.js';
import { commandBody } from './command-body.js';
import type { Latencies } from './latencies.js';

interface CommandLoadOptions {
  /** A sender each. */
  readonly connections: readonly Pick<ApiConnection, 'post'>[];
  /** The senders take them in turn. */
  readonly deviceIds: readonly string[];
  readonly payloadBytes: number;
  /** From the request until the device has the command. */
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
        this.#send(connection, deviceIds[index % deviceIds.length] ?? ''),
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

  async #send(connection: Pick<ApiConnection, 'post'>, deviceId: string): Promise<void> {
    const { payloadBytes, latencies } = this.options;
    while (!this.#isStopped) {
      const number = this.#number++;
      const startedMs = performance.now();
      const arrival = new Promise<void>((resolve) => {
        this.#arrivals.set(number, () => {
          this.#arrivals.delete(number);
          latencies.record(performance.now() - startedMs);
          resolve();
        });
      });
      const body = commandBody(number, payloadBytes);
      await connection.post(`/devices/${deviceId}/messages/deviceBound`, body, 204);
      await arrival;
    }
  }
}
