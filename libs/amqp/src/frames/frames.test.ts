import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AmqpWriter } from '../codec/amqp-writer.js';
import type { AmqpReader } from '../codec/amqp-reader.js';
import { FrameOutput } from './frame-output.js';
import { FrameStream } from './frame-stream.js';
import { FramingError } from './framing-error.js';
import { protocolHeaders, protocolOf } from './protocol-header.js';

const frameSizeMax = 20_000;

/** Writes down what comes: headers, and of each frame type, channel and body. */
class Notes {
  readonly notes: string[] = [];
  onNote: () => void = () => undefined;

  onProtocolHeader(header: Buffer): void {
    this.#add(`header ${header.toString('hex')}`);
  }

  onFrame(type: number, channel: number, body: AmqpReader): void {
    this.#add(`${type} ${channel} ${body.rest().toString('hex')}`);
  }

  #add(note: string): void {
    this.notes.push(note);
    this.onNote();
  }
}

function frame(body: Buffer, channel = 0, type = 0): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 2, type, channel >> 8, channel & 0xff]);
  head.writeUInt32BE(8 + body.length);
  return Buffer.concat([head, body]);
}

/** A stream that has seen the protocol header. */
function startStream(): { notes: Notes; stream: FrameStream } {
  const notes = new Notes();
  const stream = new FrameStream(notes, frameSizeMax);
  stream.push(protocolHeaders.amqp);
  notes.notes.length = 0;
  return { notes, stream };
}

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

const bodies = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 10 }) },
  { weight: 1, arbitrary: fc.constantFrom(4_096, frameSizeMax - 8).map((n) => Buffer.alloc(n, 7)) },
);
const sentFrames = fc.array(fc.tuple(bodies, fc.nat(0xffff), fc.constantFrom(0, 1)), {
  minLength: 1,
  maxLength: 20,
});

describe('the stream', () => {
  test('however its bytes come, the same header and frames come out', () => {
    fc.assert(
      fc.property(sentFrames, fc.array(fc.nat(), { maxLength: 30 }), (sent, cuts) => {
        const notes = new Notes();
        const stream = new FrameStream(notes, frameSizeMax);
        const frames = sent.map(([body, channel, type]) => frame(Buffer.from(body), channel, type));
        for (const chunk of chunksOf(Buffer.concat([protocolHeaders.amqp, ...frames]), cuts)) {
          stream.push(chunk);
        }
        expect(notes.notes).toEqual([
          `header ${protocolHeaders.amqp.toString('hex')}`,
          ...sent.map(
            ([body, channel, type]) => `${type} ${channel} ${Buffer.from(body).toString('hex')}`,
          ),
        ]);
        expect(stream.keptBytes).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test('what comes while it is held comes out behind it, the same', () => {
    fc.assert(
      fc.property(sentFrames, fc.array(fc.nat(), { maxLength: 30 }), (sent, cuts) => {
        const { notes, stream } = startStream();
        notes.onNote = () => {
          notes.onNote = () => undefined;
          stream.hold();
        };
        const frames = sent.map(([body]) => frame(Buffer.from(body).subarray(0, 10)));
        for (const chunk of chunksOf(Buffer.concat(frames), cuts)) {
          stream.push(chunk);
        }
        expect(notes.notes.length).toBe(1);
        stream.release();
        expect(notes.notes.length).toBe(sent.length);
        expect(stream.keptBytes).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test('goes over an extended header', () => {
    const { notes, stream } = startStream();
    stream.push(Buffer.from('0000000d03000005aabbccdd01', 'hex'));
    expect(notes.notes).toEqual(['0 5 01']);
  });

  test('takes a second header when it is told so', () => {
    const { notes, stream } = startStream();
    notes.onNote = () => {
      stream.expectHeader();
    };
    stream.push(Buffer.concat([frame(Buffer.from([1])), protocolHeaders.sasl]));
    expect(notes.notes).toEqual(['0 0 01', `header ${protocolHeaders.sasl.toString('hex')}`]);
  });

  test.each([
    ['a size above the bound', '00004e21'],
    ['the largest size', 'ffffffff'],
    ['a size below that of the head', '00000007'],
    ['a body that begins within the head', '0000000801000000'],
    ['a body that begins behind the end', '0000000803000000'],
    ['another protocol header', 'AMQP'],
  ])('%s is refused, at once or byte by byte', (_, text) => {
    const bytes = text === 'AMQP' ? protocolHeaders.amqp : Buffer.from(text, 'hex');
    expect(() => {
      startStream().stream.push(bytes);
    }).toThrow(FramingError);
    const { stream } = startStream();
    expect(() => {
      for (const byte of bytes) {
        stream.push(Buffer.from([byte]));
      }
    }).toThrow(FramingError);
  });

  test('is silent once it is stopped', () => {
    const { notes, stream } = startStream();
    notes.onNote = () => {
      stream.stop();
    };
    stream.push(Buffer.concat([frame(Buffer.from([1])), frame(Buffer.from([2]))]));
    stream.push(Buffer.from('ffffffff', 'hex'));
    expect([notes.notes, stream.keptBytes]).toEqual([['0 0 01'], 0]);
  });

  test('hostile bytes give frames or a framing error, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        try {
          const { stream } = startStream();
          chunks.forEach((chunk) => {
            stream.push(Buffer.from(chunk));
          });
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('memory', () => {
  test('is what has come and never more than the frame needs', () => {
    const bytes = frame(Buffer.alloc(frameSizeMax - 8));
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 3_000 }), (size) => {
        const { stream } = startStream();
        for (let sent = 0; sent + size < bytes.length; sent += size) {
          stream.push(bytes.subarray(sent, sent + size));
          expect(stream.keptBytes).toBeGreaterThanOrEqual(sent + size);
          expect(stream.keptBytes).toBeLessThanOrEqual(Math.min(2 * (sent + size), bytes.length));
        }
      }),
    );
  });

  test('has a bound while the stream is held', () => {
    const { stream } = startStream();
    stream.hold();
    stream.push(Buffer.alloc(2 * frameSizeMax));
    expect(() => {
      stream.push(Buffer.alloc(1));
    }).toThrow('too many bytes');
  });

  test('a frame that comes byte by byte costs time in proportion to its length', () => {
    const stream = new FrameStream(new Notes(), 300_000);
    stream.push(protocolHeaders.amqp);
    const bytes = frame(Buffer.alloc(250_000));
    const started = performance.now();
    for (let index = 0; index < bytes.length; index++) {
      stream.push(bytes.subarray(index, index + 1));
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

test.each([
  ['AMQP', '414d515000010000', 'amqp'],
  ['SASL', '414d515003010000', 'sasl'],
  ['TLS', '414d515002010000', undefined],
  ['AMQP 0-9-1', '414d515000000901', undefined],
  ['HTTP', Buffer.from('GET / HT').toString('hex'), undefined],
])('a header of %s', (_, hex, protocol) => {
  expect(protocolOf(Buffer.from(hex, 'hex'))).toBe(protocol);
});

describe('the output', () => {
  const encodeByte = (writer: AmqpWriter, byte: number): void => {
    writer.writeUint8(byte);
  };

  test('has all frames in order', () => {
    const output = new FrameOutput();
    output.writeHeader(protocolHeaders.amqp);
    output.writeFrame(258, encodeByte, 7);
    output.writeSaslFrame(encodeByte, 8);
    output.writeEmptyFrame();
    const bytes = Buffer.concat(output.take());
    expect(bytes.toString('hex')).toBe(
      '414d515000010000' + '000000090200010207' + '000000090201000008' + '0000000802000000',
    );
    expect([output.bytes, output.take()]).toEqual([0, []]);
  });

  test('copies a short payload and passes a long one on', () => {
    const output = new FrameOutput();
    const [short, long] = [Buffer.alloc(100, 1), Buffer.alloc(4_096, 2)];
    output.writeFrame(0, encodeByte, 7, short);
    output.writeFrame(0, encodeByte, 8, long);
    output.writeFrame(0, encodeByte, 9);
    expect(output.bytes).toBe(109 + 4_105 + 9);
    const parts = output.take();
    expect(parts.length).toBe(3);
    expect(parts[1]).toBe(long);
    const { notes, stream } = startStream();
    stream.push(Buffer.concat(parts));
    expect(notes.notes).toEqual([
      `0 0 07${short.toString('hex')}`,
      `0 0 08${long.toString('hex')}`,
      '0 0 09',
    ]);
  });
});
