/** As many reported properties as the hub takes: from the device over MQTT to PostgreSQL, and back. */
import { setTimeout as delay } from 'node:timers/promises';
import { inParallel } from '../../support/in-parallel.js';
import { Latencies } from '../load/latencies.js';
import { TwinDevice } from '../load/twin-device.js';
import { CpuMeter } from '../measure/cpu-meter.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer, pidOf } from '../servers/linchpin-server.js';
import { takeTurns, type Bench } from './part.js';
import { twinFigures } from './use-figures.js';

/** How many come, or go, at once. */
const openingMax = 50;

export async function runTwins(bench: Bench): Promise<readonly PartResult[]> {
  const { connections } = bench.settings.twins;
  const rounds = await takeTurns(bench, 'twins', { Linchpin: () => reportAll(bench) });
  return [
    {
      title: `Twins: reported properties of ${connections} devices, one patch of each on its way`,
      notes: [
        'A patch is answered when it is stored. The load generator and everything else runs on the ' +
          'same machine.',
      ],
      rounds,
      comparisons: [],
    },
  ];
}

async function reportAll({ settings, devices }: Bench): Promise<Figures> {
  const { connections, warmUpMs, measureMs } = settings.twins;
  const server = new LinchpinServer(1);
  const losses: Error[] = [];
  const fleet = await inParallel(devices.slice(0, connections), openingMax, (device) =>
    TwinDevice.open(server, device, (error) => losses.push(error)),
  );
  const latencies = new Latencies();
  const refused: string[] = [];
  let isOver = false;
  for (const device of fleet) {
    device.listen((status, ms) => {
      latencies.record(ms);
      if (status !== '204') {
        refused.push(status);
      }
      if (!isOver) {
        device.report();
      }
    });
    device.report();
  }
  await delay(warmUpMs);
  latencies.reset();
  const meter = new CpuMeter({ ...server.processes, twin: [pidOf('twin')] });
  await delay(measureMs);
  const use = meter.read();
  const { count, figures } = latencies;
  isOver = true;
  await inParallel(fleet, openingMax, (device) => device.close());
  if (losses.length + refused.length > 0) {
    const faults = `${losses.length} connections were lost, ${refused.length} patches refused`;
    throw new Error(`${faults}: ${refused[0] ?? ''}`, { cause: losses[0] });
  }
  return twinFigures(count, use, figures);
}
