import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../devices.js';
import { Fleet } from '../load/fleet.js';
import { Latencies, type LatencyFigures } from '../load/latencies.js';
import type { MessageTemplate } from '../load/message-template.js';
import { Saturation } from '../load/saturation.js';
import { CpuMeter, type CpuUse } from '../measure/cpu-meter.js';
import type { Server } from '../servers/server.js';

export interface SaturatingLoad {
  readonly connections: number;
  /** What is on its way, a connection. */
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  templateOf(device: Device): MessageTemplate;
}

interface SaturatedServer {
  /** What was acknowledged. */
  readonly count: number;
  readonly figures: LatencyFigures;
  readonly use: CpuUse;
}

/** Long enough for what is on its way when the load stops. */
const finishMs = 500;

/** As much as one server takes, once. */
export async function measureSaturated(
  devices: readonly Device[],
  server: Server,
  { connections, window, warmUpMs, measureMs, templateOf }: SaturatingLoad,
): Promise<SaturatedServer> {
  const used = devices.slice(0, connections);
  const fleet = await Fleet.open(server, used);
  const latencies = new Latencies();
  const load = new Saturation({
    connections: fleet.connections,
    templates: used.map(templateOf),
    window,
    latencies,
  });
  load.start();
  await delay(warmUpMs);
  latencies.reset();
  const meter = new CpuMeter(server.processes);
  await delay(measureMs);
  const use = meter.read();
  const { count, figures } = latencies;
  load.stop();
  await delay(finishMs);
  fleet.requireWhole();
  await fleet.close();
  return { count, figures, use };
}
