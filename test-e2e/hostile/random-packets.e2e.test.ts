/**
 * Thousands of packets that no client should send, before and after authentication: the hub closes
 * the connection or answers as MQTT has it, nobody gets in or reaches another device's topic, and the
 * gateways live on. To see a run again, give its seed as LINCHPIN_TEST_SEED.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { open, eventsTopic } from '../support/device-client.js';
import { gatewaysCount, GatewayVitals } from '../support/gateway-vitals.js';
import { attackFirst, ConnectedAttacker } from '../support/hostile/attack.js';
import { firstPackets, laterPackets, type HostileCase } from '../support/hostile/cases.js';
import { hub } from '../support/hub.js';
import { inParallel } from '../support/in-parallel.js';
import { printFigures } from '../support/print-figures.js';
import { createDevice, type TestIdentity } from '../support/registry.js';
import { endsOf, scanTopic, type TopicEnds } from '../support/topic-scan.js';

const seed = Number(process.env['LINCHPIN_TEST_SEED'] ?? Date.now() % 2 ** 31);
const firstCases = 2_000;
const laterCases = 2_400;
const attackers = 12;

let victim: TestIdentity;
let from: TopicEnds;
let vitals: GatewayVitals;

beforeAll(async () => {
  vitals = new GatewayVitals();
  victim = await createDevice();
  from = await endsOf(hub.eventsTopic);
});

afterAll(() => {
  vitals.expectUnharmed();
});

/** Nobody has connected as the victim. */
async function expectNothingOfVictim(): Promise<void> {
  const foreign: string[] = [];
  await scanTopic(hub.eventsTopic, from, ({ key, headers }) => {
    const sender = headers?.['iothub-connection-device-id']?.toString();
    if (sender === victim.deviceId || key?.toString() !== sender) {
      foreign.push(`${sender ?? ''} under ${key?.toString() ?? ''}`);
    }
  });
  expect(foreign).toEqual([]);
}

/** What a hub may say to one who was not let in: nothing, or that it refuses. */
const refusals = new Set(['', '20020001', '20020005', '2003008400']);

test('before authentication each case is refused, and nobody gets in', async () => {
  const refusedBefore = await gatewaysCount('linchpin_gateway_connects_refused_total');
  // Its key is wrong: whatever a mutation hits, the credential stays one of nobody.
  const attacker = { ...victim, primaryKey: Buffer.alloc(32, 7).toString('base64') };
  const cases = fc.sample(firstPackets({ attacker, victimId: victim.deviceId }), {
    numRuns: firstCases,
    seed,
  });
  const outcomes = await inParallel(cases, 64, async (hostile) => {
    const answer = (await attackFirst(hostile)).toString('hex');
    return { hostile, answer };
  });

  const illegal = outcomes.filter(({ answer }) => !refusals.has(answer));
  expect(illegal.map(({ hostile, answer }) => `${describeCase(hostile)}: ${answer}`)).toEqual([]);
  const refused = (await gatewaysCount('linchpin_gateway_connects_refused_total')) - refusedBefore;
  expect(refused).toBeGreaterThanOrEqual(cases.length);
  await expectNothingOfVictim();
  printFigures('hostile first packets', {
    seed: String(seed),
    cases: cases.length,
    ...countBy(outcomes, ({ answer }) => (answer === '' ? 'closed' : `answered ${answer}`)),
    ...countBy(cases, ({ kind }) => kind),
    ...vitals.figures,
  });
});

/** Packets that a hub may send to a client at all, in answer to what the cases are made of. */
const answers = new Set<string>(['puback', 'suback', 'unsuback', 'pingresp', 'publish']);

test('after authentication each case is answered or ends the connection, nothing else', async () => {
  const identities = await inParallel(Array.from({ length: attackers }), 4, () => createDevice());
  const outcomes = await inParallel(identities, attackers, async (identity, index) => {
    const attacker = new ConnectedAttacker(identity);
    const sides = { attacker: identity, victimId: victim.deviceId };
    const numRuns = laterCases / attackers;
    const cases = fc.sample(laterPackets(sides), { numRuns, seed: seed + index });
    const ends: { hostile: HostileCase; end: string; illegal: string[] }[] = [];
    for (const hostile of cases) {
      const { end, answers: packets } = await attacker.attack(hostile);
      const illegal = packets.map(({ cmd }) => cmd).filter((cmd) => !answers.has(cmd));
      ends.push({ hostile, end, illegal });
    }
    await attacker.stop();
    return ends;
  });

  const all = outcomes.flat();
  const illegal = all.filter((outcome) => outcome.illegal.length > 0);
  expect(illegal.map(({ hostile, illegal: sent }) => [describeCase(hostile), sent])).toEqual([]);
  await expectNothingOfVictim();
  printFigures('hostile packets of connected devices', {
    seed: String(seed),
    cases: all.length,
    ...countBy(all, ({ end }) => end),
    ...countBy(all, ({ hostile }) => hostile.kind),
    ...vitals.figures,
  });
});

test('afterwards an ordinary device is served as ever', async () => {
  const client = await open(victim);
  await client.publish(eventsTopic(victim), 'hello', 1);
  await client.disconnect();
});

function describeCase({ kind, bytes }: HostileCase): string {
  return `${kind} ${bytes.toString('hex').slice(0, 400)}`;
}

function countBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const name = nameOf(item);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
