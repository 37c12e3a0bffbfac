/** What limits cost, and whether they hold: the only part whose hub has any. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@linchpin/testing';
import { createHub, limitHub } from '../../support/administration.js';
import type { DeviceSocketOptions } from '../../support/device-socket.js';
import { Load, paceOf } from '../../support/load/load.js';
import { metric } from '../../support/processes.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import { takeTurns, type Bench } from './part.js';
import { saturate, saturatedTitle } from './saturated.js';

/** More than a round sends, with what is saved up before it. */
const large = { name: 'S3', capacity: 10 };
const small = { name: 'S1', capacity: 1 };
const smallPerSecond = 100;
const gateways = 3;
const factor = 5;
const delayedShareMax = 0.001;
/** Until a hub has saved up all that it may, and the longest until that is spent. */
const burstMs = 60_000;

export async function runLimits(bench: Bench): Promise<readonly PartResult[]> {
  return [await runCost(bench), await runOverload(bench)];
}

/** The same load as `saturated`, on the same hub with and without limits. */
async function runCost(bench: Bench): Promise<PartResult> {
  await bench.restartHub(1);
  const server = new LinchpinServer(1);
  const rounds = await takeTurns(bench, 'limits', {
    'S3, 10 units': async () => {
      await limitHub('local', 'tier', large);
      await delay(burstMs);
      return hardlyDelayed(bench, () => saturate(bench, server, false));
    },
    'no limits': async () => {
      await limitHub('local', 'unlimited', large);
      return saturate(bench, server, false);
    },
  });
  return {
    title: `The cost of limits. ${saturatedTitle(bench.settings)}`,
    notes: [
      'The hub may send 60,000 messages a second, and has saved up those of a minute before each ' +
        'round: its limits are asked, and of a thousand messages one waited at most.',
    ],
    rounds,
    comparisons: [{ subject: 'S3, 10 units', to: 'no limits' }],
  };
}

/**
 * A gateway that is busy hears late of the next messages that it may take, so that a few wait for a moment.
 *
 * @throws Error when more had to wait: what was measured is the limit then, not its cost
 */
async function hardlyDelayed(
  { settings }: Bench,
  measure: () => Promise<Figures>,
): Promise<Figures> {
  const delayed = (): Promise<number> =>
    metric('gateway-1', 'linchpin_limits_requests_total', {
      class: 'messages',
      outcome: 'delayed',
    });
  const before = await delayed();
  const figures = await measure();
  const count = (await delayed()) - before;
  const measured = ((figures.messagesPerSecond ?? 0) * settings.saturated.measureMs) / 1_000;
  if (count > delayedShareMax * measured) {
    throw new Error(`${count} messages waited for the limits that were never to be reached`);
  }
  return figures;
}

/** Five times what a small hub may send, over three gateways. */
async function runOverload(bench: Bench): Promise<PartResult> {
  await bench.restartHub(gateways);
  const rounds = new Map<string, readonly Figures[]>();
  for (const [name, gatewayOf] of Object.entries(spreads)) {
    bench.say(`limits: five times the rate, ${name} …`);
    const socketOf = (index: number): DeviceSocketOptions => ({
      gateway: `gateway-${gatewayOf(index)}`,
    });
    rounds.set(name, [await overload(bench, socketOf)]);
  }
  return {
    title: `${factor} times what one unit of S1 may send, over ${gateways} gateways`,
    notes: [
      'One round each, after the burst of a minute was spent. Duplicates, gaps and messages out of ' +
        'order were looked for in Kafka, in all that was acknowledged.',
    ],
    rounds,
    comparisons: [],
  };
}

/** Device → the number of its gateway. */
const spreads: Readonly<Record<string, (index: number) => number>> = {
  evenly: (index) => 1 + (index % gateways),
  'most at one': (index) => (index % 10 < 8 ? 1 : 2 + (index % 2)),
};

async function overload(
  { settings }: Bench,
  socketOf: (index: number) => DeviceSocketOptions,
): Promise<Figures> {
  const name = `limited-${randomUUID()}`;
  const access = await createHub(name, `${name}.example.net`);
  const { devices, measureMs } = settings.limits;
  const messagesPerSecond = factor * smallPerSecond;
  const load = await Load.start({ of: access, devices, messagesPerSecond, socketOf });
  await limitHub(name, 'tier', small);
  await eventually(async () => (await paceOf(load, 1_000)) < 1.5 * smallPerSecond, burstMs);
  const from = load.figures.acknowledged;
  const messagesAcknowledged = await paceOf(load, measureMs);
  const { missing, outOfOrder, duplicates } = await load.finish();
  if (missing.length + outOfOrder.length + duplicates > 0) {
    throw new Error(
      `lost ${missing.length}, out of order ${outOfOrder.length}, ${duplicates} twice`,
    );
  }
  return {
    offeredPerSecond: messagesPerSecond,
    limitPerSecond: smallPerSecond,
    messagesPerSecond: messagesAcknowledged,
    limitDeviation: 100 * (messagesAcknowledged / smallPerSecond - 1),
    pubackP50: load.figures.pubackMs(0.5, from),
    pubackP99: load.figures.pubackMs(0.99, from),
    disconnects: load.figures.disconnects,
  };
}
