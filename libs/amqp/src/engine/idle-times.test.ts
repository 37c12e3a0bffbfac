import { describe, expect, test } from '@jest/globals';
import { FrameClient } from './frame-client.fake.js';

describe('idle times', () => {
  /** Ticks each second, and tells at which the server wrote something. */
  function ticksWithFrames(client: FrameClient, seconds: number): number[] {
    const { connection } = client.server;
    const written: number[] = [];
    for (let second = 0; second <= seconds; second++) {
      client.frames.length = 0;
      connection.tick(second * 1_000);
      connection.flush();
      written.push(...client.frames.map(() => second));
    }
    return written;
  }

  test('amqp 8: an empty frame goes out at least each half of the time that the client wants', () => {
    const client = FrameClient.open({}, { idleTimeOutMs: 10_000 });
    expect(ticksWithFrames(client, 16)).toEqual([5, 10, 15]);
  });

  test.each([null, 0])('a client that names %p gets one each 105 seconds', (idleTimeOutMs) => {
    const client = FrameClient.open({}, { idleTimeOutMs });
    expect(ticksWithFrames(client, 220)).toEqual([105, 210]);
  });

  test('a client that is silent for twice our time is closed', () => {
    const client = FrameClient.open({ settings: { idleTimeOutMs: 10_000 } });
    const { connection } = client.server;
    connection.tick(0);
    client.raw('0000000802000000');
    connection.tick(10_000);
    connection.tick(29_999);
    connection.flush();
    expect(client.isEnded).toBe(false);
    connection.tick(30_000);
    connection.flush();
    expect(client.received('close')).toMatchObject([{ condition: 'amqp:connection:forced' }]);
    expect(client.isEnded).toBe(true);
  });

  test('one that the owner does not read from is not silent', () => {
    const client = FrameClient.open({ settings: { idleTimeOutMs: 10_000 } });
    const { connection } = client.server;
    connection.tick(0);
    connection.tick(30_000, false);
    connection.tick(49_999);
    connection.flush();
    expect(client.isEnded).toBe(false);
    connection.tick(50_000);
    connection.flush();
    expect(client.isEnded).toBe(true);
  });
});
