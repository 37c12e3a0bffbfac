/** Connections that say nothing: what it takes to let them in, and what is kept of each. */
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytesOf } from '../../support/resident-bytes.js';
import { Fleet } from '../load/fleet.js';
import { CpuMeter } from '../measure/cpu-meter.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import type { Server } from '../servers/server.js';
import type { Settings } from '../settings.js';
import { takeTurns, type Bench } from './part.js';
import { connectFigures } from './use-figures.js';

/** What a connect sets going is done: its event has gone from Redis to Kafka. */
const afterConnectsMs = 1_000;

export async function runIdle(bench: Bench): Promise<readonly PartResult[]> {
  const linchpin = new LinchpinServer(1);
  const afresh = async (server: Server): Promise<Figures> => {
    await server.restart();
    return idle(bench, server);
  };
  const rounds = await takeTurns(bench, 'idle', {
    Linchpin: () => afresh(linchpin),
    aedes: () => afresh(bench.aedes),
  });
  return [
    {
      title: idleTitle(bench.settings),
      notes: [
        'Each round begins with a fresh process and some connections that come and go. A connect ' +
          'is TCP, a full TLS 1.3 handshake and CONNECT; of the hub also the judgement of a SAS ' +
          'token by the registry, the claim of the device in Redis and the event in Kafka. ' +
          'aedes lets everybody in.',
      ],
      rounds,
      comparisons: [{ subject: 'Linchpin', to: 'aedes' }],
    },
  ];
}

export function idleTitle({ idle: { connections } }: Settings): string {
  return `Idle: ${connections.toLocaleString('en-US')} connections`;
}

/** One server, once; it should have served nobody before. */
export async function idle({ settings, devices }: Bench, server: Server): Promise<Figures> {
  const { connections, warmUpConnections, settleMs } = settings.idle;
  const warmUp = await Fleet.open(server, devices.slice(0, warmUpConnections));
  await warmUp.close();
  await delay(settleMs);
  const bytesBefore = residentBytesOfAll(server.pids);
  const meter = new CpuMeter(server.processes);
  const fleet = await Fleet.open(server, devices.slice(0, connections));
  const { elapsedMs } = meter.read();
  await delay(afterConnectsMs);
  const use = meter.read();
  await delay(settleMs);
  const bytes = residentBytesOfAll(server.pids) - bytesBefore;
  fleet.requireWhole();
  await fleet.close();
  const { p50, p99 } = fleet.connecting.figures;
  return {
    idleKib: bytes / connections / 1_024,
    connectsPerSecond: connections / (elapsedMs / 1_000),
    ...connectFigures(connections, use),
    connackP50: p50,
    connackP99: p99,
  };
}

function residentBytesOfAll(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentBytesOf(pid), 0);
}
