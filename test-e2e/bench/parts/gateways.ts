/** How the figures grow with the number of gateways. */
import { availableParallelism } from 'node:os';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import { idle, idleTitle } from './idle.js';
import { offer, offeredTitle } from './offered.js';
import type { Bench } from './part.js';
import { saturate, saturatedTitle } from './saturated.js';

/** A round of each load for each number of gateways. */
export async function runGateways(bench: Bench): Promise<readonly PartResult[]> {
  const { settings, restartHub, say } = bench;
  const idling = new Map<string, Figures[]>();
  const saturated = new Map<string, Figures[]>();
  const offered = new Map<string, Figures[]>();
  for (const count of settings.gateways) {
    const name = count === 1 ? '1 gateway' : `${count} gateways`;
    say(`a hub with ${name} …`);
    await restartHub(count);
    const server = new LinchpinServer(count);
    idling.set(name, [await idle(bench, server)]);
    saturated.set(name, [await saturate(bench, server, false)]);
    offered.set(name, [await offer(bench, server)]);
  }
  const names = [...idling.keys()];
  const [first = ''] = names;
  const comparisons = names.slice(1).map((subject) => ({ subject, to: first }));
  const title = `With ${names.join(', ')}`;
  return [
    { title: `${title}. ${saturatedTitle(settings)}`, rounds: saturated },
    { title: `${title}. ${offeredTitle(settings)}`, rounds: offered },
    { title: `${title}. ${idleTitle(settings)}`, rounds: idling },
  ].map((result, index) => ({ ...result, comparisons, notes: index === 0 ? [howToRead()] : [] }));
}

function howToRead(): string {
  const cores = availableParallelism();
  return (
    'One round each. A single gateway takes its connections itself, several have HAProxy before ' +
    `them. A gateway uses one core; here ${cores} cores are shared by the gateways, HAProxy, Kafka and ` +
    'the load generator, so that more gateways bring more messages only where cores are idle: see ' +
    'the last rows.'
  );
}
