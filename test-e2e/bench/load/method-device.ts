import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import { startTls, type DeviceSocketOptions } from '../../support/device-socket.js';

const requestBegin = '$iothub/methods/POST/';

/** Connects, subscribes to methods and answers each at once, until its socket is destroyed. */
export async function openMethodDevice(
  connectPacket: Buffer,
  options: DeviceSocketOptions,
): Promise<TLSSocket> {
  const socket = startTls(options);
  const decoder = parser({ protocolVersion: 4 });
  socket.on('data', (chunk: Buffer) => {
    decoder.parse(chunk);
  });
  const subscribed = new Promise<void>((resolve) => {
    decoder.on('packet', (packet: Packet) => {
      if (packet.cmd === 'suback') {
        resolve();
      } else if (packet.cmd === 'publish' && packet.topic.startsWith(requestBegin)) {
        socket.write(responseTo(packet.topic));
      }
    });
  });
  await once(socket, 'secureConnect');
  socket.write(connectPacket);
  const subscriptions = [{ topic: `${requestBegin}#`, qos: 0 as const }];
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }));
  await subscribed;
  return socket;
}

function responseTo(requestTopic: string): Buffer {
  const topic = `$iothub/methods/res/200/${requestTopic.slice(requestTopic.indexOf('?$rid='))}`;
  const rest = { qos: 0 as const, dup: false, retain: false };
  return generate({ cmd: 'publish', topic, payload: '{"done":true}', ...rest });
}
