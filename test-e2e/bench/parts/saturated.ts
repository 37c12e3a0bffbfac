/** As many messages as the servers take, and as many records as the producer alone stores. */
import { setTimeout as delay } from 'node:timers/promises';
import { hub } from '../../support/hub.js';
import { kafka } from '../../support/kafka-reader.js';
import { loadProtocols } from '../load/load-protocols.js';
import { CpuMeter } from '../measure/cpu-meter.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import { ProducerLoop } from '../servers/producer-loop.js';
import type { Server } from '../servers/server.js';
import type { Settings } from '../settings.js';
import { measureSaturated } from './measure-saturated.js';
import { takeTurns, type Bench } from './part.js';
import { messageFigures, pubackFigures } from './use-figures.js';

export async function runSaturated(bench: Bench): Promise<readonly PartResult[]> {
  const linchpin = new LinchpinServer(1);
  const rounds = await takeTurns(bench, 'saturated', {
    Linchpin: () => saturate(bench, linchpin, false),
    aedes: () => saturate(bench, bench.aedes, false),
    'bare producer': () => saturateProducer(bench),
  });
  return [
    {
      title: saturatedTitle(bench.settings),
      notes: [
        'The bare producer is the gateway’s Kafka producer alone in a process, storing the same ' +
          'records: what is above it is MQTT, TLS and the hub.',
      ],
      rounds,
      comparisons: [
        { subject: 'Linchpin', to: 'aedes' },
        { subject: 'Linchpin', to: 'bare producer' },
      ],
    },
  ];
}

export async function runProperties(bench: Bench): Promise<readonly PartResult[]> {
  const linchpin = new LinchpinServer(1);
  const rounds = await takeTurns(bench, 'saturated with properties', {
    Linchpin: () => saturate(bench, linchpin, true),
    aedes: () => saturate(bench, bench.aedes, true),
  });
  return [
    {
      title: 'Saturated, with the properties of an SDK’s message',
      notes: [
        'As above, and each message bears a message id of its own, content type, content encoding ' +
          'and two application properties, so that no topic is like the one before. aedes takes ' +
          'them as a part of the topic’s name; the hub decodes them and stores each as a header.',
      ],
      rounds,
      comparisons: [{ subject: 'Linchpin', to: 'aedes' }],
    },
  ];
}

export function saturatedTitle({ saturated, payloadBytes }: Settings): string {
  const { connections, window } = saturated;
  return `Saturated: ${connections} connections, QoS 1, ${payloadBytes} bytes, window ${window}`;
}

/** One server, once. */
export async function saturate(
  { settings, devices }: Bench,
  server: Server,
  hasProperties: boolean,
): Promise<Figures> {
  const { host, protocol } = server;
  const { templateOf } = loadProtocols[protocol];
  const payload = Buffer.alloc(settings.payloadBytes, 'x');
  const { count, figures, use } = await measureSaturated(devices, server, {
    ...settings.saturated,
    templateOf: (device) => templateOf({ device, host, payload, hasProperties }),
  });
  return { ...messageFigures(count, use), ...pubackFigures(figures) };
}

async function saturateProducer({ settings, devices }: Bench): Promise<Figures> {
  const { connections, window, warmUpMs, measureMs } = settings.saturated;
  const used = devices.slice(0, connections);
  const loop = await ProducerLoop.start({
    brokers: hub.kafkaBrokers,
    topic: hub.eventsTopic,
    partitions: await partitionCount(),
    deviceIds: used.map(({ id }) => id),
    generationId: used[0]?.generationId ?? '',
    payloadBytes: settings.payloadBytes,
    window,
  });
  await delay(warmUpMs);
  const before = await loop.stored();
  const meter = new CpuMeter(loop.processes);
  await delay(measureMs);
  const use = meter.read();
  const stored = (await loop.stored()) - before;
  await loop.stop();
  return messageFigures(stored, use);
}

async function partitionCount(): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  const partitions = await admin.fetchTopicOffsets(hub.eventsTopic);
  await admin.disconnect();
  return partitions.length;
}
