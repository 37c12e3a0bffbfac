/** As many events as devices can send by HTTPS, one by one and in batches, beside the same by MQTT. */
import type { Device } from '../devices.js';
import { EventRequest } from '../load/event-request.js';
import { loadProtocols } from '../load/load-protocols.js';
import type { MessageTemplateOptions } from '../load/message-template.js';
import type { Figures, PartResult } from '../report/figures.js';
import { LinchpinServer } from '../servers/linchpin-server.js';
import { ReferenceServer } from '../servers/reference-server.js';
import type { Server } from '../servers/server.js';
import { measureSaturated } from './measure-saturated.js';
import { takeTurns, type Bench } from './part.js';
import { messageFigures, pubackFigures, requestFigures } from './use-figures.js';

const linchpinByHttps = 'Linchpin, HTTPS';
const linchpinByMqtt = 'Linchpin, MQTT';
const node = 'Node’s HTTPS';
const comparisons = [linchpinByMqtt, node].map((to) => ({ subject: linchpinByHttps, to }));

export async function runHttps(bench: Bench): Promise<readonly PartResult[]> {
  const reference = await ReferenceServer.start('https');
  const results = [await runEvents(bench, reference), await runBatches(bench, reference)];
  await reference.stop();
  return results;
}

async function runEvents(bench: Bench, reference: Server): Promise<PartResult> {
  const { connections } = bench.settings.https;
  const rounds = await takeTurns(bench, 'https', {
    [linchpinByHttps]: () => sendEvents(bench, new LinchpinServer(1, 'https'), 1),
    [linchpinByMqtt]: () => sendEvents(bench, new LinchpinServer(1), 1),
    [node]: () => sendEvents(bench, reference, 1),
  });
  return {
    title: `By HTTPS: ${connections} connections, a request with ${bench.settings.payloadBytes} bytes on its way on each`,
    notes: [
      'POST /devices/{id}/messages/events, over connections that stand. Each message bears a message id of its own, ' +
        'content type, content encoding and two application properties: by HTTPS in headers, by MQTT in the topic, ' +
        'with one message on its way as well. Of HTTPS the rows of PUBACK tell the time until the answer. ' +
        'Node’s HTTPS server reads each body to its end and answers 204.',
    ],
    rounds,
    comparisons,
  };
}

async function runBatches(bench: Bench, reference: Server): Promise<PartResult> {
  const { connections, batchMessages } = bench.settings.https;
  const rounds = await takeTurns(bench, 'https in batches', {
    [linchpinByHttps]: () => sendBatches(bench, new LinchpinServer(1, 'https')),
    [linchpinByMqtt]: () => sendEvents(bench, new LinchpinServer(1), batchMessages),
    [node]: () => sendBatches(bench, reference),
  });
  return {
    title: `By HTTPS, in batches of ${batchMessages}: ${connections} connections, a request on its way on each`,
    notes: [
      'The same messages as JSON, their bodies in Base64; by MQTT as many are on their way. Node’s HTTPS server reads ' +
        'no JSON.',
    ],
    rounds,
    comparisons,
  };
}

/** Each message for itself. @param window messages on their way, a connection */
async function sendEvents(bench: Bench, server: Server, window: number): Promise<Figures> {
  const { templateOf } = loadProtocols[server.protocol];
  const { count, figures, use } = await measureSaturated(bench.devices, server, {
    ...bench.settings.https,
    window,
    templateOf: (device) => templateOf(optionsOf(bench, server, device)),
  });
  return { ...messageFigures(count, use), ...pubackFigures(figures) };
}

async function sendBatches(bench: Bench, server: Server): Promise<Figures> {
  const { batchMessages } = bench.settings.https;
  const { count, figures, use } = await measureSaturated(bench.devices, server, {
    ...bench.settings.https,
    window: 1,
    templateOf: (device) => EventRequest.ofBatch(optionsOf(bench, server, device), batchMessages),
  });
  return {
    ...messageFigures(count * batchMessages, use),
    ...requestFigures(count, use),
    ...pubackFigures(figures),
  };
}

function optionsOf({ settings }: Bench, { host }: Server, device: Device): MessageTemplateOptions {
  return { device, host, payload: Buffer.alloc(settings.payloadBytes, 'x'), hasProperties: true };
}
