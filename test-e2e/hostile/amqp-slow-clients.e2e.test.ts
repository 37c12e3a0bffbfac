/** AMQP clients that take their time before they have shown a credential: each is cut at the limit. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeFrame, protocolHeaders } from '../support/amqp/amqp-frames.js';
import { AmqpSocket, begin, encodePut } from '../support/amqp/amqp-socket.js';
import { openTcp } from '../support/device-socket.js';
import { gatewaysCount, GatewayVitals } from '../support/gateway-vitals.js';
import { AmqpBystander } from '../support/hostile/amqp-bystander.js';
import { lifeMs } from '../support/hostile/socket-life.js';
import { printFigures } from '../support/print-figures.js';

/** The hub under test waits 8 s for a handshake, and as long for a credential. */
const limitMs = 8_000;
const slackMs = 8_000;

let vitals: GatewayVitals;
let bystander: AmqpBystander;

beforeAll(async () => {
  vitals = new GatewayVitals();
  bystander = await AmqpBystander.connect();
});

afterAll(async () => {
  await bystander.client.end();
  vitals.expectUnharmed();
});

/** A client whose TLS handshake is done, and that has said so much. */
async function having(...said: readonly Buffer[]): Promise<Socket> {
  const { socket } = await AmqpSocket.connect();
  socket.write(Buffer.concat(said));
  return socket;
}

test('whoever shows no credential in time is cut at the limit, whatever he says', async () => {
  const tokens = await gatewaysCount('linchpin_gateway_sockets_turned_away_total', {
    reason: 'no-credential',
  });
  const { amqp, sasl } = protocolHeaders;
  const open = encodeFrame('open', { container_id: 'c' });
  const dripping = await having();
  const bytes = Buffer.concat([amqp, open, encodeFrame('begin', begin)]);
  let sent = 0;
  const drip = setInterval(() => dripping.write(bytes.subarray(sent, ++sent)), 500);
  const pinging = await having(amqp, open);
  const ping = setInterval(() => pinging.write(Buffer.from('0000000802000000', 'hex')), 500);
  const put = encodeFrame(
    'transfer',
    { handle: 0, delivery_id: 0 },
    { payload: encodePut('a', 'b') },
  );
  const lives = await Promise.all([
    lifeMs(openTcp({ port: 5671 })),
    lifeMs(dripping),
    lifeMs(pinging),
    lifeMs(await having()),
    lifeMs(await having(amqp.subarray(0, 4))),
    lifeMs(await having(sasl)),
    lifeMs(await having(sasl, encodeFrame('sasl_init', { mechanism: 'ANONYMOUS' }))),
    lifeMs(await having(amqp, open, encodeFrame('begin', begin), put.subarray(0, 20))),
  ]);
  clearInterval(drip);
  clearInterval(ping);

  printFigures('slow before a credential, closed after ms', { lives: lives.join() });
  for (const life of lives) {
    expect(life).toBeGreaterThan(limitMs - 1_500);
    expect(life).toBeLessThan(limitMs + slackMs);
  }
  const turnedAway =
    (await gatewaysCount('linchpin_gateway_sockets_turned_away_total', {
      reason: 'no-credential',
    })) - tokens;
  expect(turnedAway).toBeGreaterThanOrEqual(7);
  await bystander.expectServed();
});
