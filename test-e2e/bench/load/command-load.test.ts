import { expect, test } from '@jest/globals';
import { CommandLoad } from './command-load.js';
import { numberOfCommand } from './command-body.js';
import { Latencies } from './latencies.js';

interface Sent {
  readonly path: string;
  readonly number: number;
}

function startLoad(post: (sent: Sent) => Promise<void>): CommandLoad {
  const connection = {
    post: (path: string, body: string) => {
      const number = numberOfCommand(Buffer.from(body), body.length);
      return post({ path, number });
    },
  };
  return new CommandLoad({
    connections: [connection, connection, connection],
    deviceIds: ['d1', 'd2'],
    payloadBytes: 200,
    latencies: new Latencies(),
  });
}

test('each sender has its device, and sends the next when its last has arrived', async () => {
  const sent: Sent[] = [];
  const load = startLoad((one) => {
    sent.push(one);
    return Promise.resolve();
  });
  const first = [...sent];
  load.arrived(1);
  await new Promise(setImmediate);
  const second = sent.slice(first.length);
  const stopped = load.stop();
  for (const { number } of sent) {
    load.arrived(number);
  }
  await stopped;

  expect(first.map(({ path }) => path)).toEqual(
    ['d1', 'd2', 'd1'].map((id) => `/devices/${id}/messages/deviceBound`),
  );
  expect(second).toEqual([{ path: '/devices/d2/messages/deviceBound', number: 3 }]);
  expect(sent).toHaveLength(4);
});

test('a request that is refused is told', async () => {
  const load = startLoad(() => Promise.reject(new Error('refused')));

  await expect(load.stop()).rejects.toThrow('refused');
});
