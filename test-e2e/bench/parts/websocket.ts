/** As many messages as the servers take by MQTT in WebSockets, beside the same by MQTT in TLS alone. */
import type { PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import { ReferenceServer } from '../servers/reference-server.js';
import { takeTurns, type Bench } from './part.js';
import { saturate } from './saturated.js';

const linchpinByWebSocket = 'Linchpin, WebSocket';
const linchpinByTcp = 'Linchpin, TCP';
const aedesByWebSocket = 'aedes, WebSocket';
const aedesByTcp = 'aedes, TCP';

export async function runWebSocket(bench: Bench): Promise<readonly PartResult[]> {
  const aedes = await ReferenceServer.start('aedes-websocket');
  const { connections, window } = bench.settings.saturated;
  const rounds = await takeTurns(bench, 'websocket', {
    [linchpinByWebSocket]: () => saturate(bench, new LinchpinServer(1, 'mqtt-ws'), false),
    [linchpinByTcp]: () => saturate(bench, new LinchpinServer(1), false),
    [aedesByWebSocket]: () => saturate(bench, aedes, false),
    [aedesByTcp]: () => saturate(bench, bench.aedes, false),
  });
  await aedes.stop();
  return [
    {
      title:
        `MQTT in WebSockets, saturated: ${connections} connections, QoS 1, ` +
        `${bench.settings.payloadBytes} bytes, window ${window}`,
      notes: [
        'By WebSocket on port 443, by TCP on 8883, both with TLS. The load generator puts each PUBLISH into a frame ' +
          'of its own, under a mask. aedes has the streams of ws, behind Node’s HTTPS server, and what it writes at once ' +
          'is gathered into one frame.',
      ],
      rounds,
      comparisons: [
        { subject: linchpinByWebSocket, to: linchpinByTcp },
        { subject: aedesByWebSocket, to: aedesByTcp },
        { subject: linchpinByWebSocket, to: aedesByWebSocket },
      ],
    },
  ];
}
