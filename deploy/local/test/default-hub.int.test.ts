/** What a start asks the api of the hub under test, again and otherwise than at first: nothing changes by it. */
import { expect, test } from '@jest/globals';
import { testHub } from '@linchpin/testing';
import { ensureDefaultHub, type DefaultHub } from '../src/default-hub.js';

const { host, authority, adminToken } = testHub();
const controlPlane = { address: host, port: 443, hostName: host, authority, adminToken };

const said: string[] = [];

function ensure(hostNames: readonly string[]): Promise<DefaultHub | undefined> {
  const say = (text: string): void => {
    said.push(text);
  };
  return ensureDefaultHub(controlPlane, { hostNames, limits: undefined, say });
}

test('a later start takes the hub as it is, names that it has not among its own', async () => {
  const found = await ensure([host]);
  expect(found).toMatchObject({
    hostName: host,
    limits: 'unlimited',
    sku: 'S1',
    eventsTopic: 'linchpin.events.local',
    policy: { name: 'iothubowner' },
  });
  expect(said).toEqual([]);

  expect(await ensure(['hub.example', host])).toEqual(found);
  expect(said).toEqual([expect.stringContaining('it is not reached as hub.example')]);
});
