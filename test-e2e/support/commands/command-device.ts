/** A device that takes commands: one that stays, or one that comes and goes and leaves some without an answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeviceSocketOptions } from '../device-socket.js';
import { gatewayNames } from '../processes.js';
import type { TestIdentity } from '../registry.js';
import { AmqpCommandConnection } from './amqp-command-connection.js';
import type { Answer, CommandConnection, Delivery } from './command-connection.js';
import { isRejected, isUnwanted } from './command-sender.js';
import { MqttCommandConnection } from './mqtt-command-connection.js';

export type CommandProtocol = 'MQTT' | 'AMQP';

/** Of its deliveries a device that goes leaves each so many-th without an answer. */
const leftEach = 7;

const backOff = { firstMs: 100, maxMs: 1_000 };

export class CommandDevice {
  readonly connections: CommandConnection[] = [];
  readonly #stopping = new AbortController();
  #life: Promise<void> = Promise.resolve();
  #taken = 0;

  constructor(
    private readonly identity: TestIdentity,
    readonly protocol: CommandProtocol,
    readonly comesAndGoes: boolean,
  ) {}

  get deviceId(): string {
    return this.identity.deviceId;
  }

  /** All that it has received, in order. */
  get deliveries(): readonly Delivery[] {
    return this.connections.flatMap(({ deliveries }) => deliveries);
  }

  start(): void {
    this.#life = this.#live();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.connections.at(-1)?.drop();
    await this.#life;
  }

  async #live(): Promise<void> {
    let waitMs = backOff.firstMs;
    while (!this.#stopping.signal.aborted) {
      const connection = await this.#connect();
      if (connection !== undefined) {
        this.connections.push(connection);
      }
      if (connection?.isOpen === true) {
        await this.#stay(connection);
        waitMs = backOff.firstMs;
        await this.#pause(this.comesAndGoes ? awayMs() : waitMs);
      } else {
        await this.#pause(waitMs * Math.random());
        waitMs = Math.min(2 * waitMs, backOff.maxMs);
      }
    }
  }

  async #stay(connection: CommandConnection): Promise<void> {
    if (this.comesAndGoes) {
      const over = new AbortController();
      const { signal } = this.#stopping;
      await Promise.race([
        connection.ended,
        delay(stayMs(), undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(
          () => undefined,
        ),
      ]);
      over.abort();
      await connection.confirm();
      connection.drop();
    }
    if (this.#stopping.signal.aborted) {
      connection.drop();
    }
    await connection.ended;
  }

  #connect(): Promise<CommandConnection | undefined> {
    const answerTo = (id: string): Answer => this.#answerTo(id);
    return this.protocol === 'AMQP'
      ? AmqpCommandConnection.open(this.identity, answerTo)
      : MqttCommandConnection.open(this.identity, this.#where(), answerTo);
  }

  #answerTo(id: string): Answer {
    this.#taken += 1;
    if (isRejected(id) && this.protocol === 'AMQP') {
      return 'reject';
    }
    if (!this.comesAndGoes) {
      return 'complete';
    }
    if (isUnwanted(id)) {
      // MQTT gives a command back by leaving.
      return this.protocol === 'AMQP' ? 'abandon' : undefined;
    }
    return this.#taken % leftEach === 0 ? undefined : 'complete';
  }

  /** One that comes and goes knows the gateways; the others go where the load balancer sends them. */
  #where(): DeviceSocketOptions {
    const gateway = gatewayNames[Math.floor(Math.random() * gatewayNames.length)];
    return this.comesAndGoes ? { gateway } : {};
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

function stayMs(): number {
  return 300 + 1_500 * Math.random();
}

function awayMs(): number {
  return 2_000 * Math.random();
}
