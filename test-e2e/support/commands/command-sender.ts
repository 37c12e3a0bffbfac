/**
 * Sends commands to many devices at a rate which they share, to each of them one after the other, again and again
 * until the hub has accepted it, and remembers what it was answered.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Changes } from '../changes.js';
import { call, type CommandHub } from './command-hub.js';

export interface CommandSenderOptions {
  readonly hub: CommandHub;
  readonly deviceIds: readonly string[];
  readonly commands: number;
  /** Of all devices together. */
  readonly commandsPerSecond: number;
}

/** What became of the commands to one device, by their ids. */
export interface SentCommands {
  /** In the order in which they were sent; each was sent when the one before had its answer. */
  readonly accepted: string[];
  /** Without an answer, or with one that does not tell. */
  readonly unknown: string[];
}

/** Its device never takes one of them, if it is a device that comes and goes. */
export function isUnwanted(id: string): boolean {
  return numberOf(id) % 10 === 5;
}

/** Its device takes it for one that it can never carry out, if its protocol lets it say so. */
export function isRejected(id: string): boolean {
  return numberOf(id) % 10 === 3;
}

export class CommandSender {
  readonly sent: ReadonlyMap<string, SentCommands>;
  /** Answers that are no acceptance, and those that did not come, by error code. */
  readonly refusals = new Map<string, number>();
  readonly #changes = new Changes();
  #accepted = 0;
  #allowed = 0;

  constructor(private readonly options: CommandSenderOptions) {
    const { deviceIds } = options;
    this.sent = new Map(deviceIds.map((deviceId) => [deviceId, { accepted: [], unknown: [] }]));
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** So many of all commands may be sent by now. */
  allow(commands: number): void {
    this.#allowed = commands;
    this.#changes.tell();
  }

  /** Resolves when all are accepted. @throws Error when the hub says something else than to wait */
  async run(): Promise<void> {
    const { deviceIds } = this.options;
    const beganMs = performance.now();
    await Promise.all(
      deviceIds.map((deviceId, index) => this.#sendToDevice(deviceId, index, beganMs)),
    );
  }

  async #sendToDevice(deviceId: string, index: number, beganMs: number): Promise<void> {
    const { deviceIds, commands, commandsPerSecond } = this.options;
    for (let number = 1; number <= commands / deviceIds.length; number++) {
      const nth = (number - 1) * deviceIds.length + index;
      await delay(beganMs + (1_000 * nth) / commandsPerSecond - performance.now());
      while (nth >= this.#allowed) {
        await this.#changes.next(allowedMs);
      }
      await this.#sendUntilAccepted(deviceId, number);
    }
  }

  async #sendUntilAccepted(deviceId: string, number: number): Promise<void> {
    const sent = this.sent.get(deviceId)!;
    for (let attempt = 1; ; attempt++) {
      // Of its own: what is not known to be refused may be there.
      const id = `${number}-${attempt}`;
      const answer = await this.#send(deviceId, id);
      if (answer?.status === 204) {
        sent.accepted.push(id);
        this.#accepted += 1;
        return;
      }
      const code = answer?.errorCode ?? 'no answer';
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      if (answer === undefined || answer.status >= 500) {
        sent.unknown.push(id);
      } else if (!harmless.includes(code)) {
        throw new Error(`a command was answered with ${answer.status}: ${answer.text}`);
      }
      await delay(againMs * (1 + Math.random()));
    }
  }

  #send(deviceId: string, id: string): ReturnType<typeof call> {
    const expiry = new Date(Date.now() + shortMs).toISOString();
    return call(this.options.hub, {
      method: 'POST',
      path: `/devices/${deviceId}/messages/deviceBound`,
      headers: {
        'iothub-messageid': id,
        'iothub-ack': 'full',
        ...(isForNow(id) && { 'iothub-expiry': expiry }),
      },
      body: id,
    });
  }
}

/** 403004, and 403009 when the hub kept the call for so long. */
const harmless: readonly string[] = ['DeviceMaximumQueueDepthExceeded', 'InvalidMessageExpiryTime'];

const againMs = 250;

/** Nobody waits longer without another look. */
const allowedMs = 60_000;

/** How long a command lasts that is only for who is there. */
const shortMs = 1_000;

function isForNow(id: string): boolean {
  return numberOf(id) % 10 === 0;
}

function numberOf(id: string): number {
  return Number.parseInt(id, 10);
}
