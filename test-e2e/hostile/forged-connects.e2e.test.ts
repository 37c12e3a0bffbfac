/**
 * Forged CONNECTs in the name of a hub that has no connection left of its rate, while one of its devices
 * connects: they cost the hub nothing, and the device does not wait behind them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { RedisBudgetStore } from '@linchpin/platform/budgets';
import { createLogger } from '@linchpin/platform/logging';
import { openRedis } from '@linchpin/platform/redis';
import { throttleOf } from '@linchpin/wire';
import { createHub } from '../support/administration.js';
import { open } from '../support/device-client.js';
import { gatewaysCount, GatewayVitals } from '../support/gateway-vitals.js';
import { hub } from '../support/hub.js';
import { inParallel } from '../support/in-parallel.js';
import { MqttClient } from '../support/mqtt-client.js';
import { processState } from '../support/processes.js';
import { connectFields, createDevice } from '../support/registry.js';

const forged = 500;
const gateway = 'gateway-1';

/** Leaves the hub nothing of what it has saved up: who connects now has to wait for the rate. */
async function spendConnections(name: string): Promise<void> {
  const password = readFileSync(join(hub.stateDir, 'secrets', 'redis-password'), 'utf8').trim();
  const url = `redis://:${password}@127.0.0.1:${processState('redis').port}`;
  const redis = openRedis(url, createLogger({ service: 'test', level: 'fatal' }));
  const prefix = 'linchpin:budget:';
  const [key = ''] = await redis.keys(`${prefix}${name}/*/connections`);
  const terms = throttleOf('connections', { sku: 'S1', units: 1, unlimited: false })!;
  const lease = await new RedisBudgetStore(redis, 'linchpin:').lease({
    ...{ budget: key.slice(prefix.length), process: 'test', terms },
    ...{ want: terms.capacity, waiting: 0, returned: 0 },
  });
  redis.disconnect();
  expect(lease.free).toBe(0);
}

/** Of all hubs, since no other connects while this file runs. */
function countTurns(): Promise<number[]> {
  const outcomes = ['accepted', 'given-back', 'refused'];
  return Promise.all(
    outcomes.map((outcome) =>
      gatewaysCount('linchpin_limits_requests_total', { class: 'connections', outcome }),
    ),
  );
}

test('500 forged CONNECTs take no turn of a hub’s devices, and none waits behind them', async () => {
  const vitals = new GatewayVitals();
  const name = `forged-${Date.now()}`;
  const properties = { limits: 'tier' };
  const access = await createHub(name, `${name}.example.net`, { properties });
  const device = await createDevice('d1', {}, access);
  // From now on the gateway knows the hub by its name.
  await (await open(device, {}, { gateway })).disconnect();
  await spendConnections(name);
  const before = await countTurns();

  const forgers = await inParallel(Array.from({ length: forged }), 16, () =>
    MqttClient.open({ gateway, from: '127.0.3.1' }),
  );
  const forgery = connectFields({ ...device, primaryKey: Buffer.alloc(32).toString('base64') });
  const answers = forgers.map((forger) => forger.connect(forgery));
  const client = await open(device, {}, { gateway });

  expect(new Set(await Promise.all(answers))).toEqual(new Set([5]));
  const taken = (await countTurns()).map((count, index) => count - before[index]!);
  expect(taken).toEqual([1, 0, 0]);
  await client.disconnect();
  vitals.expectUnharmed();
});
