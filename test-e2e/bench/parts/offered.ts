/** A load that the servers have room for: how soon is a message acknowledged? */
import { setTimeout as delay } from 'node:timers/promises';
import { Fleet } from '../load/fleet.js';
import { Latencies } from '../load/latencies.js';
import { loadProtocols } from '../load/load-protocols.js';
import { OfferedLoad } from '../load/offered-load.js';
import { CpuMeter } from '../measure/cpu-meter.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import type { Server } from '../servers/server.js';
import type { Settings } from '../settings.js';
import { takeTurns, type Bench } from './part.js';
import { messageFigures, pubackFigures } from './use-figures.js';

/** After the last message was sent; what has no PUBACK then is an error. */
const finishMs = 2_000;

export async function runOffered(bench: Bench): Promise<readonly PartResult[]> {
  const linchpin = new LinchpinServer(1);
  const rounds = await takeTurns(bench, 'offered', {
    Linchpin: () => offer(bench, linchpin),
    aedes: () => offer(bench, bench.aedes),
  });
  return [
    {
      title: offeredTitle(bench.settings),
      notes: [
        'The time until PUBACK counts from when a message was due, be the generator or the server ' +
          'behind. aedes acknowledges what it has read; the hub what Kafka has stored.',
      ],
      rounds,
      comparisons: [{ subject: 'Linchpin', to: 'aedes' }],
    },
  ];
}

export function offeredTitle({ offered }: Settings): string {
  const rate = offered.messagesPerSecond.toLocaleString('en-US');
  return `Offered: ${rate} messages/s over ${offered.connections} connections`;
}

/** One server, once. */
export async function offer({ settings, devices }: Bench, server: Server): Promise<Figures> {
  const { connections, messagesPerSecond, warmUpMs, measureMs } = settings.offered;
  const used = devices.slice(0, connections);
  const payload = Buffer.alloc(settings.payloadBytes, 'x');
  const { templateOf } = loadProtocols[server.protocol];
  const fleet = await Fleet.open(server, used);
  const latencies = new Latencies();
  const lags = new Latencies();
  const load = new OfferedLoad({
    connections: fleet.connections,
    templates: used.map((device) =>
      templateOf({ device, host: server.host, payload, hasProperties: false }),
    ),
    messagesPerSecond,
    latencies,
    lags,
  });
  await delay(warmUpMs);
  latencies.reset();
  lags.reset();
  const meter = new CpuMeter(server.processes);
  await delay(measureMs);
  const use = meter.read();
  const { count, figures } = latencies;
  const { p99: lagP99 } = lags.figures;
  load.stop();
  await delay(finishMs);
  fleet.requireWhole();
  if (load.pending > 0) {
    throw new Error(`${load.pending} messages were not acknowledged`);
  }
  await fleet.close();
  return { ...messageFigures(count, use), ...pubackFigures(figures), lagP99 };
}
