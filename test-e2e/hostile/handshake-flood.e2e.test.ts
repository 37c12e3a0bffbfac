/**
 * 2,000 connections that stall before they have shown any credential, from several addresses, and more
 * than one address may have from another, while devices send: each is ended by the hub, and the devices
 * do not suffer.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { expect, test } from '@jest/globals';
import { eventsTopic, open } from '../support/device-client.js';
import { openTcp, startTls } from '../support/device-socket.js';
import { gatewaysCount, GatewayVitals } from '../support/gateway-vitals.js';
import { hub } from '../support/hub.js';
import { Load } from '../support/load/load.js';
import { gatewayNames } from '../support/processes.js';
import { printFigures } from '../support/print-figures.js';
import { createDevice } from '../support/registry.js';

const stalled = 2_000;
/** Of one address on one gateway, which lets 1,000 stay there. */
const ofOneAddress = 1_100;

/** Measured on two busy cores: 20 ms without the flood, 280 ms under it. */
const pubackP99MsMax = 1_500;

/** In waves, or the clients' own process, which measures, would stand still. */
const waveSize = 50;
const waveMs = 50;

/** Made once: it costs more than the handshake. */
const secureContext = createSecureContext({ ca: hub.authority });

/** The beginning of a TLS record with a ClientHello that is longer than what follows. */
const halfClientHello = Buffer.from('16030102000100', 'hex');

/** How a client may stall, in turn. */
const stalls: readonly ((from: string) => Socket)[] = [
  (from) => openTcp({ from }),
  (from) => {
    const socket = openTcp({ from });
    socket.write(halfClientHello);
    return socket;
  },
  // The hub has answered the ClientHello; the client says no more.
  (from) => {
    const socket = openTcp({ from });
    const tls = connectTls({ socket, host: hub.host, secureContext });
    tls.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
    });
    return socket;
  },
  // The handshake is complete, and CONNECT never comes.
  (from) => startTls({ from, tls: { secureContext } }),
];

test('2,000 connections that stall in the handshake leave the devices their p99', async () => {
  const vitals = new GatewayVitals();
  const counted = (): Promise<number[]> =>
    Promise.all(
      ['handshake-timeout', 'unauthenticated-of-address'].map((reason) =>
        gatewaysCount('linchpin_gateway_sockets_turned_away_total', { reason }),
      ),
    );
  const before = await counted();
  const newcomer = await createDevice();
  const load = await Load.start({
    devices: 50,
    messagesPerSecond: 500,
    socketOf: (index) => ({ gateway: gatewayNames[index % gatewayNames.length] }),
  });
  try {
    await load.recovered();
    const quiet = load.figures.pubackMs(0.99);
    const acknowledged = load.figures.acknowledged;

    const flood = Array.from({ length: stalled }, (_, index) => () => {
      return stalls[index % stalls.length]!(`127.0.1.${1 + (index % 8)}`);
    });
    const crowd = Array.from({ length: ofOneAddress }, () => () => {
      return openTcp({ from: '127.0.2.1', gateway: 'gateway-1' });
    });
    const ended: Promise<unknown>[] = [];
    for (const [index, start] of [...flood, ...crowd].entries()) {
      if (index % waveSize === 0) {
        await delay(waveMs);
      }
      const socket = start();
      socket.on('error', () => undefined);
      ended.push(once(socket, 'close'));
    }

    const client = await open(newcomer, {}, { from: '127.0.1.1' });
    await client.publish(eventsTopic(newcomer), 'let in', 1);
    await client.disconnect();
    await Promise.all(ended);
    await load.recovered();
    const verdict = await load.finish();
    const turnedAway = (await counted()).map((count, index) => count - before[index]!);
    const p99 = load.figures.pubackMs(0.99, acknowledged);
    printFigures('a flood of stalled handshakes', {
      connections: stalled + ofOneAddress,
      'handshake timeouts': turnedAway[0]!,
      'too many of one address': turnedAway[1]!,
      'p99 before ms': quiet,
      'p99 during ms': p99,
      'of allowed ms': pubackP99MsMax,
      disconnects: load.figures.disconnects,
      stored: verdict.stored,
      ...vitals.figures,
    });
    expect(verdict.missing).toEqual([]);
    expect(load.figures.disconnects).toBe(0);
    expect(p99).toBeLessThan(pubackP99MsMax);
    expect(turnedAway[0]).toBeGreaterThanOrEqual((stalled * 3) / 4);
    expect(turnedAway[1]).toBeGreaterThanOrEqual(ofOneAddress - 1_000);
    vitals.expectUnharmed();
  } finally {
    await load.stop();
  }
});
