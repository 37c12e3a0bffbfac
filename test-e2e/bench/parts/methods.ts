/** What a direct method takes, from a back end's request to its answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { Latencies } from '../load/latencies.js';
import { MethodCaller } from '../load/method-caller.js';
import { openMethodDevice } from '../load/method-device.js';
import { CpuMeter } from '../measure/cpu-meter.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer, pidOf } from '../servers/linchpin-server.js';
import { takeTurns, type Bench } from './part.js';
import { methodFigures } from './use-figures.js';

const gateways = 2;

export async function runMethods(bench: Bench): Promise<readonly PartResult[]> {
  const { atOnce, devices, perSecond, warmUpCalls } = bench.settings.methods;
  await bench.restartHub(gateways);
  const targets = bench.devices.slice(0, devices);
  const sockets = await Promise.all(
    targets.map(({ connectPacket }, index) =>
      openMethodDevice(connectPacket, { gateway: `gateway-${1 + (index % gateways)}` }),
    ),
  );
  const mostAtOnce = Math.max(...atOnce);
  const caller = await MethodCaller.open(mostAtOnce);
  const ids = targets.map(({ id }) => id);
  for (let calls = 0; calls < warmUpCalls; calls += mostAtOnce) {
    await burst(caller, ids, mostAtOnce);
  }
  const bursts = atOnce.map(
    (calls) => [`${calls} at once`, () => callAtOnce(bench, caller, ids, calls)] as const,
  );
  const rounds = await takeTurns(bench, 'methods', {
    ...Object.fromEntries(bursts),
    [`${perSecond} a second`]: () => callEvenly(bench, caller, ids),
  });
  end(caller, sockets);
  return [
    {
      title: `Direct methods on ${devices} devices of ${gateways} gateways, which answer at once`,
      notes: [
        `From the request to its answer, over HTTPS connections that stand, after ${warmUpCalls} calls before ` +
          'the first round. Each of those at once waits for the others on the cores that all share.',
      ],
      rounds,
      comparisons: [],
    },
  ];
}

async function callAtOnce(
  { settings }: Bench,
  caller: MethodCaller,
  ids: readonly string[],
  atOnce: number,
): Promise<Figures> {
  const { bursts, pauseMs } = settings.methods;
  const latencies = new Latencies();
  const meter = startMeter();
  let busyMs = 0;
  for (let number = 0; number < bursts; number++) {
    const began = performance.now();
    for (const ms of await burst(caller, ids, atOnce)) {
      latencies.record(ms);
    }
    busyMs += performance.now() - began;
    await delay(pauseMs);
  }
  return { methodsPerSecond: (1_000 * latencies.count) / busyMs, ...figuresOf(latencies, meter) };
}

function burst(caller: MethodCaller, ids: readonly string[], calls: number): Promise<number[]> {
  return Promise.all(Array.from({ length: calls }, (_, call) => caller.call(idOf(ids, call))));
}

async function callEvenly(
  { settings }: Bench,
  caller: MethodCaller,
  ids: readonly string[],
): Promise<Figures> {
  const { perSecond, measureMs } = settings.methods;
  const latencies = new Latencies();
  const calls: Promise<void>[] = [];
  const meter = startMeter();
  const began = performance.now();
  const total = (perSecond * measureMs) / 1_000;
  while (calls.length < total) {
    const due = Math.min(total, ((performance.now() - began) * perSecond) / 1_000);
    while (calls.length < due) {
      calls.push(
        caller.call(idOf(ids, calls.length)).then((ms) => {
          latencies.record(ms);
        }),
      );
    }
    await delay(1);
  }
  await Promise.all(calls);
  const tookMs = performance.now() - began;
  return { methodsPerSecond: (1_000 * latencies.count) / tookMs, ...figuresOf(latencies, meter) };
}

function startMeter(): CpuMeter {
  const { processes } = new LinchpinServer(gateways);
  return new CpuMeter({
    ...processes,
    api: [pidOf('api')],
    'cloud-to-device': [pidOf('cloud-to-device')],
  });
}

function figuresOf({ count, figures: { p50, p99 } }: Latencies, meter: CpuMeter): Figures {
  return { methodP50: p50, methodP99: p99, ...methodFigures(count, meter.read()) };
}

function idOf(ids: readonly string[], call: number): string {
  return ids[call % ids.length] ?? '';
}

function end(caller: MethodCaller, sockets: readonly TLSSocket[]): void {
  caller.close();
  for (const socket of sockets) {
    socket.destroy();
  }
}
