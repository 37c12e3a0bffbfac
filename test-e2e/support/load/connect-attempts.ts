/** A device that connects and disconnects over and over, and what it is answered meanwhile. */
import { setTimeout as delay } from 'node:timers/promises';
import { MqttClient } from '../mqtt-client.js';
import { connectFields, createDevice, type TestIdentity } from '../registry.js';

/** CONNACK's code, or what came instead of one. */
export type ConnectAnswer = number | 'closed' | 'unreachable';

const pauseMs = 50;

export class ConnectAttempts {
  readonly answers = new Map<ConnectAnswer, number>();
  readonly #done: Promise<void>;
  #isStopped = false;

  private constructor(private readonly identity: TestIdentity) {
    this.#done = this.#run();
  }

  static async start(): Promise<ConnectAttempts> {
    return new ConnectAttempts(await createDevice());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const answer = await this.#connect();
      this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
      await delay(pauseMs);
    }
  }

  async #connect(): Promise<ConnectAnswer> {
    const client = await MqttClient.open().catch(() => undefined);
    if (client === undefined) {
      return 'unreachable';
    }
    const answer = await client.connect(connectFields(this.identity));
    if (answer === 0) {
      await client.disconnect();
    }
    client.destroy();
    return answer;
  }
}
