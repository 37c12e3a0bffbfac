/** A stream of commands to devices that stay and devices that come and go, and what became of each command. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@linchpin/testing';
import { createDevices } from '../load/load.js';
import { printFigures } from '../print-figures.js';
import { waitUntilAllReady } from '../processes.js';
import { CommandDevice } from './command-device.js';
import { CommandFeedback } from './command-feedback.js';
import { call, createCommandHub, type CommandHub } from './command-hub.js';
import { CommandSender } from './command-sender.js';
import { judge, type CommandVerdict, type FaultTime } from './command-verdict.js';
import { MqttCommandConnection } from './mqtt-command-connection.js';

interface CommandStreamOptions {
  readonly devices: number;
  readonly commands: number;
  readonly commandsPerSecond: number;
}

export interface CommandReport {
  readonly verdict: CommandVerdict;
  readonly sender: CommandSender;
}

/** However slow the machine is, the stream comes so far. */
const streamMs = 600_000;

/** Of the commands, however long the hub takes to be ready again: the next fault finds the stream under way, too. */
const shareOfFault = 0.15;

/** From the last command to the last feedback, which waits 15 s to be read. */
const endsMs = 90_000;

/** Between two looks at all queues. */
const lookMs = 500;

/** A gateway's word of what a device has settled, which may have left by then, is on its way for so long at most. */
const settlesMs = 3_000;

/** What a gateway could not settle it tries again after so long at most. */
const settlesAgainMs = 10_000;

export class CommandStream {
  readonly #devices: readonly CommandDevice[];
  readonly #sender: CommandSender;
  readonly #feedback: CommandFeedback;
  readonly #faults: FaultTime[] = [];
  readonly #sending: Promise<void>;
  readonly #beganMs = performance.now();

  private constructor(
    private readonly hub: CommandHub,
    devices: readonly CommandDevice[],
    private readonly options: CommandStreamOptions,
  ) {
    this.#devices = devices;
    const deviceIds = devices.map(({ deviceId }) => deviceId);
    this.#sender = new CommandSender({ hub, deviceIds, ...options });
    this.#feedback = new CommandFeedback(hub);
    for (const device of devices) {
      device.start();
    }
    this.#sending = this.#sender.run();
    // Who awaits it later hears of it.
    this.#sending.catch(() => undefined);
  }

  /** Half of the devices come by MQTT, half by AMQP; of either every other one comes and goes. */
  static async start(options: CommandStreamOptions): Promise<CommandStream> {
    const hub = await createCommandHub();
    const identities = await createDevices(options.devices, hub);
    const devices = identities.map(
      (identity, index) =>
        new CommandDevice(identity, index % 4 < 2 ? 'MQTT' : 'AMQP', index % 2 === 1),
    );
    return new CommandStream(hub, devices, options);
  }

  /**
   * Once that share of the commands is accepted, does something to the hub, while the next ones are sent, and waits
   * until it is ready again.
   */
  async disturb(share: number, fault: () => Promise<void>): Promise<void> {
    const { commands } = this.options;
    this.#sender.allow(share * commands);
    await eventually(
      () => this.#sender.accepted >= share * commands,
      streamMs,
      `${share} of the stream`,
    );
    this.#sender.allow((share + shareOfFault) * commands);
    const fromMs = performance.now() - settlesMs;
    await fault();
    await waitUntilAllReady();
    this.#faults.push({ fromMs, toMs: performance.now() + settlesAgainMs });
  }

  /** Resolves when all is sent, all has ended, and all feedback on it was read. */
  async finish(title: string): Promise<CommandReport> {
    this.#sender.allow(this.options.commands);
    await this.#sending;
    const sentMs = performance.now() - this.#beganMs;
    // Of what has no end the verdict tells.
    await eventually(() => this.#isEmpty(), endsMs).catch(() => undefined);
    await this.#readAll();
    await eventually(() => this.#hasEnded(), endsMs).catch(() => undefined);
    await this.stop();
    const stories = this.#devices.map((device) => ({
      device,
      sent: this.#sender.sent.get(device.deviceId)!,
      ends: this.#feedback.endsOf(device.deviceId),
    }));
    const report = { verdict: judge(stories, this.#faults), sender: this.#sender };
    this.#print(title, report, sentMs);
    return report;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#feedback.stop(), ...this.#devices.map((device) => device.stop())]);
  }

  #hasEnded(): boolean {
    return this.#devices.every(({ deviceId }) => {
      const ends = this.#feedback.endsOf(deviceId);
      return this.#sender.sent.get(deviceId)!.accepted.every((id) => ends.has(id));
    });
  }

  async #isEmpty(): Promise<boolean> {
    await delay(lookMs);
    const answer = await call(this.hub, { method: 'GET', path: '/devices' });
    const devices = JSON.parse(answer?.text ?? '[]') as { cloudToDeviceMessageCount: number }[];
    return (
      devices.length === this.#devices.length &&
      devices.every(({ cloudToDeviceMessageCount }) => cloudToDeviceMessageCount === 0)
    );
  }

  /** Feedback comes in the order of ends: behind that on a last command there is none. */
  async #readAll(): Promise<void> {
    const [last] = await createDevices(1, this.hub);
    const sender = new CommandSender({
      hub: this.hub,
      deviceIds: [last!.deviceId],
      commands: 1,
      commandsPerSecond: 1,
    });
    sender.allow(1);
    await sender.run();
    const connection = await MqttCommandConnection.open(last!, {}, () => 'complete');
    await eventually(() => this.#feedback.endsOf(last!.deviceId).size > 0, endsMs, 'all feedback');
    connection?.drop();
  }

  #print(title: string, { verdict, sender }: CommandReport, sentMs: number): void {
    const { counts, unknownEnded, receivedTwice, answeredInVain, wrong } = verdict;
    const refusals = [...sender.refusals].map(([code, count]) => `${code}: ${count}`);
    printFigures(title, {
      sent: sender.accepted,
      'sent a second': (1_000 * sender.accepted) / sentMs,
      'refused sends': refusals.join('; ') || 'none',
      completed: counts.get('Success') ?? 0,
      rejected: counts.get('Rejected') ?? 0,
      exceeded: counts.get('DeliveryCountExceeded') ?? 0,
      expired: counts.get('Expired') ?? 0,
      'ends of unknown sends': unknownEnded,
      'received twice': receivedTwice,
      'answered in vain': answeredInVain,
      connections: this.#devices.reduce((sum, { connections }) => sum + connections.length, 0),
      seconds: (performance.now() - this.#beganMs) / 1_000,
      wrong: wrong.length,
    });
  }
}
