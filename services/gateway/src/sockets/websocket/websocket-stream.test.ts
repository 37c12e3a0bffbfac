import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { InMemorySocket } from '@linchpin/testing';
import { closeSoon } from '../client-socket.js';
import { maskedFrame } from './masked-frame.fake.js';
import { opcodes } from './opcodes.js';
import { WebSocketStream } from './websocket-stream.js';

afterEach(() => {
  jest.useRealTimers();
});

/** The client's end of the socket, the gateway's, and the stream over it; what each side got, and what happened. */
function setUp(head: Buffer = Buffer.alloc(0)) {
  const [client, socket] = InMemorySocket.pair();
  const stream = new WebSocketStream(socket, head);
  const got: Buffer[] = [];
  const happened: string[] = [];
  client.on('data', (chunk: Buffer) => got.push(chunk));
  client.on('end', () => happened.push('client end'));
  client.on('error', () => undefined);
  stream.on('end', () => happened.push('end'));
  stream.on('error', ({ message }) => happened.push(message));
  stream.on('close', () => happened.push('close'));
  return { client, socket, stream, got: () => Buffer.concat(got).toString('hex'), happened };
}

/** The same, and somebody who reads the stream. */
function setUpRead(head?: Buffer) {
  const opened = setUp(head);
  const chunks: Buffer[] = [];
  opened.stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { ...opened, read: () => Buffer.concat(chunks).toString() };
}

async function turns(count = 20): Promise<void> {
  for (let index = 0; index < count; index++) {
    await turn();
  }
}

function closeFrame(code: string): Buffer {
  return maskedFrame(Buffer.from(code, 'hex'), { opcode: opcodes.close });
}

function pingFrame(payload: string): Buffer {
  return maskedFrame(payload, { opcode: opcodes.ping });
}

describe('bytes', () => {
  test('that came behind the handshake are first', async () => {
    const { client, read } = setUpRead(Buffer.concat([maskedFrame('a'), maskedFrame('b')]));
    client.write(maskedFrame('c'));
    await turns();
    expect(read()).toBe('abc');
  });

  test('that came behind the handshake may be half a frame', async () => {
    const frame = maskedFrame('abc');
    const { client, read } = setUpRead(frame.subarray(0, 3));
    client.write(frame.subarray(3));
    await turns();
    expect(read()).toBe('abc');
  });

  test('are written as messages', async () => {
    const { stream, got } = setUp();
    stream.write('ab');
    await turns();
    stream.write('c');
    await turns();
    expect(got()).toBe('82026162' + '820163');
  });

  test('that gather while the network takes no more are one message', async () => {
    const { stream, got } = setUp();
    stream.write('a');
    stream.write('b');
    stream.write('');
    stream.write('c');
    await turns();
    expect(got()).toBe('820161' + '82026263');
  });

  test('of a long write are not copied, and are one write of the socket', async () => {
    const { client, socket, stream, got } = setUp();
    const writes: number[] = [];
    socket._writev = (chunks, done) => {
      writes.push(...chunks.map(({ chunk }) => (chunk as Buffer).length));
      client.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
      done();
    };
    stream.write(Buffer.alloc(3_000, 'x'));
    await turns();
    expect(writes).toEqual([4, 3_000]);
    expect(got()).toBe(`827e0bb8${'78'.repeat(3_000)}`);
  });
});

describe('back-pressure', () => {
  test('who does not read the stream holds the client up, and one piece waits decoded', async () => {
    const { client, socket, stream } = setUp();
    const frames = Array.from({ length: 1_000 }, () => maskedFrame('x'));
    stream.read(0);
    client.write(Buffer.concat(frames));
    client.write(Buffer.alloc(100_000, maskedFrame('y')));
    await turns();
    expect([socket.isPaused(), stream.readableLength, client.writableNeedDrain]).toEqual([
      true,
      1,
      true,
    ]);
  });

  test('everything comes, in order, to who pauses again and again', async () => {
    const { client, stream, read } = setUpRead();
    stream.on('data', () => {
      stream.pause();
      setImmediate(() => stream.resume());
    });
    const words = Array.from({ length: 300 }, (_, index) => `${index} `);
    client.write(Buffer.concat(words.slice(0, 200).map((word) => maskedFrame(word))));
    client.write(Buffer.concat(words.slice(200).map((word) => maskedFrame(word))));
    await turns(1_000);
    expect(read()).toBe(words.join(''));
  });

  test('what a client does not read counts as on its socket, until it reads', async () => {
    const { client, socket, stream } = setUp();
    client.pause();
    expect(stream.writableHighWaterMark).toBe(socket.writableHighWaterMark);
    stream.write(Buffer.alloc(40_000));
    stream.write(Buffer.alloc(10_000));
    await turns();
    expect([stream.writableNeedDrain, stream.writableLength]).toEqual([true, 50_000]);
    client.resume();
    await once(stream, 'drain');
    expect([stream.writableNeedDrain, stream.writableLength]).toEqual([false, 0]);
  });
});

describe('a ping', () => {
  test('is answered with what it carries, between messages', async () => {
    const { client, stream, got } = setUpRead();
    client.write(pingFrame('Hello'));
    await turns();
    stream.write('a');
    await turns();
    expect(got()).toBe('8a0548656c6c6f' + '820161');
  });

  test('of a flood is answered when it is the latest, and nothing gathers', async () => {
    const { client, socket, got } = setUpRead();
    client.pause();
    client.push(Buffer.alloc(20_000));
    for (let round = 0; round < 20; round++) {
      client.write(Buffer.concat(Array.from({ length: 200 }, () => pingFrame('more'))));
      await turns(2);
    }
    client.write(pingFrame('last'));
    await turns();
    expect(socket.writableLength).toBe(6);
    client.resume();
    await turns();
    expect(got().slice(40_000)).toBe('8a046d6f7265' + '8a046c617374');
  });

  test('behind our close has no answer', async () => {
    const { client, stream, got } = setUpRead();
    stream.end();
    await turns();
    client.write(pingFrame('a'));
    await turns();
    expect(got()).toBe('880203e8');
  });
});

describe('the close', () => {
  test('of the client is answered with its code, behind what was written, and the socket ends', async () => {
    const { client, stream, got, happened } = setUpRead();
    client.write(Buffer.concat([maskedFrame('a'), closeFrame('03e9'), maskedFrame('b')]));
    stream.once('data', () => stream.write('answer'));
    await once(stream, 'close');
    expect(got()).toBe('8206616e73776572' + '880203e9');
    expect(happened).toEqual(['end', 'client end', 'close']);
  });

  test('without a code is answered without one', async () => {
    const { client, stream, got } = setUpRead();
    client.write(closeFrame(''));
    await once(stream, 'close');
    expect(got()).toBe('8800');
  });

  test('of the client waits until what came before it is read', async () => {
    const { client, stream, got, happened } = setUp();
    stream.read(0);
    client.write(Buffer.concat([maskedFrame('a'), maskedFrame('b'), closeFrame('03e8')]));
    await turns();
    expect(got()).toBe('');
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(stream, 'close');
    expect(Buffer.concat(chunks).toString()).toBe('ab');
    expect([got(), happened]).toEqual(['880203e8', ['end', 'client end', 'close']]);
  });

  test('of the client holds it up behind it', async () => {
    const { client, socket, stream, read } = setUpRead();
    stream.once('data', () => stream.pause());
    client.write(Buffer.concat([maskedFrame('a'), closeFrame('03e8')]));
    client.write(Buffer.alloc(100_000, maskedFrame('b')));
    await turns();
    expect([socket.isPaused(), read()]).toEqual([true, 'a']);
  });

  test('of ours waits for the one of the client, whose last bytes still come', async () => {
    const { client, stream, got, happened, read } = setUpRead();
    stream.write('a');
    stream.end();
    await turns();
    expect([got(), happened]).toEqual(['820161' + '880203e8', []]);
    client.write(Buffer.concat([maskedFrame('b'), closeFrame('03e8'), maskedFrame('c')]));
    await once(stream, 'close');
    expect([got(), read()]).toEqual(['820161' + '880203e8', 'b']);
    expect(happened).toEqual(['end', 'client end', 'close']);
  });

  test('that the client does not answer is waited for as long as for a socket', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const { client, socket, stream, got } = setUp();
    closeSoon(stream);
    client.write(Buffer.alloc(10_000, maskedFrame('a')));
    await turns();
    jest.advanceTimersByTime(4_999);
    expect(stream.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    await turns();
    expect([stream.destroyed, socket.destroyed, got()]).toEqual([true, true, '880203e8']);
  });

  test('that the client answers with bytes without end is not waited for', async () => {
    const { client, socket, stream } = setUp();
    closeSoon(stream);
    const much = Buffer.concat(Array.from({ length: 40 }, () => maskedFrame(Buffer.alloc(1_000))));
    for (let round = 0; round < 40; round++) {
      client.write(Buffer.from(much));
      await turns(3);
    }
    expect([stream.destroyed, socket.destroyed]).toEqual([true, true]);
  });

  test('of both, behind which a client stays, is its end all the same', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const { client, socket, happened } = setUpRead();
    client.allowHalfOpen = true;
    client.write(closeFrame('03e8'));
    await turns();
    expect(happened).toEqual(['end', 'client end']);
    jest.advanceTimersByTime(5_000);
    await turns();
    expect([socket.destroyed, happened]).toEqual([true, ['end', 'client end', 'close']]);
  });
});

describe('a client that breaks the rules', () => {
  test.each([
    ['text', maskedFrame('a', { opcode: opcodes.text }), '03eb', 'a text frame'],
    ['no mask', Buffer.from('820161', 'hex'), '03ea', 'a frame without a mask'],
    ['an extension', Buffer.from('c18000000000', 'hex'), '03ea', 'a frame of an extension'],
    ['half a close code', closeFrame('03'), '03ea', 'a close frame without a valid code'],
    ['a reserved close code', closeFrame('03ed'), '03ea', 'a close frame without a valid code'],
    [
      'a reason of no text',
      closeFrame('03e8ff'),
      '03ef',
      'a close frame whose reason is not UTF-8',
    ],
  ])('by %s is told the code, and listened to no more', async (_, frame, code, message) => {
    const { client, socket, got, happened, read } = setUpRead();
    client.write(Buffer.concat([maskedFrame('a'), frame, maskedFrame('b')]));
    client.write(maskedFrame('c'));
    await once(socket, 'close');
    expect([got(), read()]).toEqual([`8802${code}`, 'a']);
    expect(happened).toEqual([message, 'close', 'client end']);
  });

  test('behind our close is not told again', async () => {
    const { client, stream, socket, got } = setUpRead();
    stream.end();
    await turns();
    client.write(Buffer.from('820161', 'hex'));
    await once(socket, 'close');
    expect(got()).toBe('880203e8');
  });
});

describe('the socket', () => {
  test('ends without a close: so does the stream, behind what came', async () => {
    const { client, stream, read, happened } = setUpRead();
    client.write(maskedFrame('a'));
    client.write(maskedFrame('b').subarray(0, 4));
    client.end();
    await once(stream, 'close');
    expect(read()).toBe('a');
    expect(happened).toEqual(['end', 'client end', 'close']);
  });

  test('ends while nobody reads: what came is kept, and the end behind it', async () => {
    const { client, stream, socket, happened } = setUp();
    stream.read(0);
    client.write(Buffer.concat([maskedFrame('a'), closeFrame('03e8')]));
    client.end();
    await turns();
    expect(happened).toEqual([]);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(stream, 'close');
    expect([Buffer.concat(chunks).toString(), socket.destroyed]).toEqual(['a', true]);
  });

  test('has an error, which comes out once', async () => {
    const { client, stream, happened } = setUpRead();
    stream.write(Buffer.alloc(100_000));
    stream.write('a');
    await turns(1);
    client.resetAndDestroy();
    await turns();
    expect(happened).toEqual(['read ECONNRESET', 'close']);
  });

  test('takes no more: the error comes out once', async () => {
    const { client, stream, happened } = setUpRead();
    client.destroy();
    stream.write('a');
    stream.write('b');
    await turns();
    expect(happened).toEqual(['end', 'write EPIPE', 'close']);
  });

  test('is destroyed with the stream, and the stream with it', async () => {
    const [first, second] = [setUpRead(), setUpRead()];
    first.stream.destroy();
    second.socket.destroy();
    await turns();
    expect([first.socket.destroyed, second.stream.destroyed]).toEqual([true, true]);
    expect([first.happened, second.happened]).toEqual([
      ['close', 'client end'],
      ['close', 'client end'],
    ]);
  });

  test('is not blamed for what whoever reads throws', async () => {
    const { socket, stream, happened } = setUp();
    stream.on('data', () => {
      throw new Error('a fault of ours');
    });
    await turns();
    expect(() => socket.emit('data', maskedFrame('a'))).toThrow('a fault of ours');
    expect(happened).toEqual([]);
  });
});
