/** HAProxy for real, before gateways that are stand-ins: what reaches them, and which of them. */
import { once } from 'node:events';
import { createServer as createProbe, type Server as ProbeServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { prepareLoadBalancer } from '../src/engines/load-balancer.js';
import { ensurePrograms } from '../src/machine/requirements.js';
import { Supervisor } from '../src/supervisor/supervisor.js';

const reporter = { say: () => undefined, log: () => undefined };
const port = 24_883;

interface FakeGateway {
  readonly name: string;
  readonly mqtt: Server;
  readonly probe: ProbeServer;
  /** What came by each connection that was handed to it, as far as its `hello`. */
  readonly received: Buffer[];
  isReady: boolean;
}

let folder: string;
let supervisor: Supervisor;
const gateways = new Map<string, FakeGateway>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-balancer-'));
  for (const name of ['gateway-1', 'gateway-2']) {
    gateways.set(name, await fakeGateway(name));
  }
  const { PATH, HOME } = process.env;
  const given = {
    LINCHPIN_POSTGRES_URL: 'postgres://unused',
    LINCHPIN_REDIS_URL: 'redis://unused',
    LINCHPIN_KAFKA_BROKERS: 'unused:9092',
  };
  const config = readConfig({ PATH, HOME, ...given });
  const { haproxy } = await ensurePrograms(config, true, reporter);
  const step = prepareLoadBalancer({
    folder,
    program: haproxy!,
    address: '127.0.0.1',
    port,
    frontends: [
      {
        protocol: 'mqtt',
        listen: [`127.0.0.1:${port}`],
        gateways: [...gateways.values()].map(({ name, mqtt, probe }) => ({
          name,
          port: portOf(mqtt),
          probePort: portOf(probe),
        })),
      },
    ],
    environment: {},
  });
  const runFile = join(folder, 'run.json');
  supervisor = new Supervisor({ plan: [step], runFile, logsFolder: folder, reporter });
  await supervisor.start();
}, 120_000);

afterAll(async () => {
  await supervisor.stop();
  for (const { mqtt, probe } of gateways.values()) {
    mqtt.close();
    probe.close();
  }
  rmSync(folder, { recursive: true });
});

async function fakeGateway(name: string): Promise<FakeGateway> {
  const received: Buffer[] = [];
  const mqtt = createServer((socket) => {
    socket.on('error', () => undefined);
    let head = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      head = Buffer.concat([head, chunk]);
      if (head.toString('latin1').endsWith('hello')) {
        received.push(head);
        socket.write(name);
      }
    });
  });
  const gateway = {
    name,
    mqtt,
    received,
    isReady: true,
    probe: createProbe((_, response) => {
      response.writeHead(gateways.get(name)!.isReady ? 200 : 503).end();
    }),
  };
  for (const server of [gateway.mqtt, gateway.probe]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return gateway;
}

function portOf(server: Server | ProbeServer): number {
  return (server.address() as AddressInfo).port;
}

/** Connects through the balancer. @returns which gateway answered, or nothing when none did */
async function answeredBy(): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write('hello');
  const answer = await Promise.race([
    once(socket, 'data').then(([chunk]) => String(chunk)),
    once(socket, 'close').then(() => undefined),
  ]).catch(() => undefined);
  socket.destroy();
  return answer;
}

async function untilAnswered(wanted: (name: string | undefined) => boolean): Promise<void> {
  while (!wanted(await answeredBy())) {
    await delay(50);
  }
}

test('a gateway hears first, by PROXY protocol v2, who connects', async () => {
  const name = await answeredBy();
  const [head] = gateways.get(name!)!.received;

  // Signature, version 2 and command PROXY, TCP over IPv4, then addresses and ports.
  expect(head!.subarray(0, 12)).toEqual(Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'));
  expect(head![12]).toBe(0x21);
  expect(head![13]).toBe(0x11);
  expect([...head!.subarray(16, 20)]).toEqual([127, 0, 0, 1]);
  expect(head!.readUInt16BE(26)).toBe(port);
  expect(head!.subarray(16 + head!.readUInt16BE(14)).toString()).toBe('hello');
});

/** Connections that stay, and the gateway of each. */
async function hold(count: number): Promise<{ readonly name: string; readonly socket: Socket }[]> {
  const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1' }));
  return Promise.all(
    sockets.map(async (socket) => {
      socket.write('hello');
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      return { name: chunk.toString(), socket };
    }),
  );
}

test('connections are spread', async () => {
  const held = await hold(10);

  expect(held.filter(({ name }) => name === 'gateway-1')).toHaveLength(5);
  held.forEach(({ socket }) => socket.destroy());
});

test('a gateway that is not ready gets no connection and keeps those it has', async () => {
  const held = await hold(10);
  const leaving = 'gateway-1';
  const [kept, ...gone] = held.filter(({ name }) => name === leaving);
  // It has the fewest from now on: the next would be given to it, were it ready.
  gone.forEach(({ socket }) => socket.destroy());
  await untilAnswered((name) => name === leaving);

  gateways.get(leaving)!.isReady = false;
  await untilAnswered((name) => name !== leaving);

  for (let i = 0; i < 6; i += 1) {
    expect(await answeredBy()).not.toBe(leaving);
  }
  expect(kept!.socket.destroyed).toBe(false);
  held.forEach(({ socket }) => socket.destroy());
  gateways.get(leaving)!.isReady = true;
  await untilAnswered((name) => name === leaving);
}, 30_000);

test('with no gateway ready, connections are refused and come back', async () => {
  gateways.forEach((gateway) => {
    gateway.isReady = false;
  });
  await untilAnswered((name) => name === undefined);

  gateways.forEach((gateway) => {
    gateway.isReady = true;
  });
  await untilAnswered((name) => name !== undefined);
}, 30_000);
