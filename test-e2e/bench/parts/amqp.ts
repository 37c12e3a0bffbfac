/** As many messages as the servers take by AMQP, beside the same by MQTT. */
import type { PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import { ReferenceServer } from '../servers/reference-server.js';
import { takeTurns, type Bench } from './part.js';
import { saturate } from './saturated.js';

const linchpinByAmqp = 'Linchpin, AMQP';
const linchpinByMqtt = 'Linchpin, MQTT';

export async function runAmqp(bench: Bench): Promise<readonly PartResult[]> {
  const rhea = await ReferenceServer.start('rhea');
  const { connections, window } = bench.settings.saturated;
  const { payloadBytes } = bench.settings;
  const load = `${connections} connections, ${payloadBytes} bytes, window ${window}`;
  const results = [
    {
      title: `By AMQP, saturated: ${load}`,
      notes: [
        'Each connection has one session and one link, and each message is settled by a disposition of the ' +
          'server, of one or of several; of AMQP the rows of PUBACK tell the time until then. rhea stores nothing, ' +
          'lets everybody in and accepts each message as soon as it has decoded it.',
      ],
      ...(await compare(bench, rhea, false)),
    },
    {
      title: 'By AMQP, saturated, with the properties of an SDK’s message',
      notes: [
        'Each message bears a message id of its own, content type, content encoding and two application ' +
          'properties: by AMQP in sections of their own, by MQTT in the topic. The hub stores each as a header.',
      ],
      ...(await compare(bench, rhea, true)),
    },
  ];
  await rhea.stop();
  return results;
}

async function compare(
  bench: Bench,
  rhea: ReferenceServer,
  hasProperties: boolean,
): Promise<Pick<PartResult, 'rounds' | 'comparisons'>> {
  const what = hasProperties ? 'amqp with properties' : 'amqp';
  const rounds = await takeTurns(bench, what, {
    [linchpinByAmqp]: () => saturate(bench, new LinchpinServer(1, 'amqp'), hasProperties),
    [linchpinByMqtt]: () => saturate(bench, new LinchpinServer(1), hasProperties),
    rhea: () => saturate(bench, rhea, hasProperties),
  });
  const comparisons = [linchpinByMqtt, 'rhea'].map((to) => ({ subject: linchpinByAmqp, to }));
  return { rounds, comparisons };
}
