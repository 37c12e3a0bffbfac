/** What a cloud-to-device message takes, from a back end's request until the device has settled it. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@linchpin/testing';
import { countMessages } from '../../support/devicebound-messages.js';
import { inParallel } from '../../support/in-parallel.js';
import type { Device } from '../devices.js';
import { ApiConnection } from '../load/api-connection.js';
import { commandDevices, type CommandProtocol } from '../load/command-devices.js';
import { CommandLoad } from '../load/command-load.js';
import { Latencies } from '../load/latencies.js';
import { CpuMeter } from '../measure/cpu-meter.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer, pidOf } from '../servers/linchpin-server.js';
import { takeTurns, type Bench } from './part.js';
import { commandFigures } from './use-figures.js';

/** How many connections come, or go, at once. */
const openingMax = 50;
/** Until what a device has settled waits no more. */
const settleMs = 10_000;

export async function runCommands(bench: Bench): Promise<readonly PartResult[]> {
  const { devices, senders, perSecond } = bench.settings.commands;
  await bench.restartHub(1);
  const rounds = await takeTurns(bench, 'commands', {
    MQTT: () => sendAll(bench, 'mqtt'),
    AMQP: () => sendAll(bench, 'amqp'),
    'MQTT, evenly': () => sendAll(bench, 'mqtt', perSecond),
    'AMQP, evenly': () => sendAll(bench, 'amqp', perSecond),
  });
  return [
    {
      title: `Commands of ${senders} senders to ${devices} devices, which settle each at once`,
      notes: [
        `POST /devices/{id}/messages/deviceBound with ${bench.settings.payloadBytes} bytes, over HTTPS connections ` +
          'that stand. A sender sends the next when its last is answered and the device has it, which settles by ' +
          'PUBACK or as accepted; after each round nothing waited in any queue. Evenly: ' +
          `${perSecond} a second, and the time counts from when a command was due.`,
      ],
      rounds,
      comparisons: [
        { subject: 'AMQP', to: 'MQTT' },
        { subject: 'AMQP, evenly', to: 'MQTT, evenly' },
      ],
    },
  ];
}

/** @param perSecond as many as the hub takes when it is left out */
async function sendAll(
  { settings, devices }: Bench,
  protocol: CommandProtocol,
  perSecond?: number,
): Promise<Figures> {
  const { devices: count, senders, warmUpMs, measureMs } = settings.commands;
  const server = new LinchpinServer(1, protocol);
  const used = devices.slice(0, count);
  const losses: Error[] = [];
  const latencies = new Latencies();
  const connections = await Promise.all(
    Array.from({ length: senders }, () => ApiConnection.open()),
  );
  const fleet = await inParallel(used, openingMax, (device) =>
    commandDevices[protocol](server, device, {
      onCommand: (number) => {
        load.arrived(number);
      },
      onLost: (error) => losses.push(error),
    }),
  );
  const load = new CommandLoad({
    connections,
    deviceIds: used.map(({ id }) => id),
    payloadBytes: settings.payloadBytes,
    perSecond,
    latencies,
  });
  await delay(warmUpMs);
  latencies.reset();
  const meter = startMeter(server);
  await delay(measureMs);
  const use = meter.read();
  const { count: commands, figures } = latencies;
  await load.stop();
  await requireSettled(used);
  if (losses.length > 0) {
    throw new Error(`${losses.length} of ${count} devices were lost`, { cause: losses[0] });
  }
  await inParallel(fleet, openingMax, (device) => device.close());
  for (const connection of connections) {
    connection.close();
  }
  return commandFigures(commands, use, figures);
}

function startMeter({ processes }: LinchpinServer): CpuMeter {
  return new CpuMeter({
    ...processes,
    api: [pidOf('api')],
    'cloud-to-device': [pidOf('cloud-to-device')],
  });
}

async function requireSettled(devices: readonly Device[]): Promise<void> {
  await inParallel(devices, openingMax, ({ id: deviceId }) =>
    eventually(
      async () => (await countMessages({ deviceId })) === 0,
      settleMs,
      `settled commands of ${deviceId}`,
    ),
  );
}
