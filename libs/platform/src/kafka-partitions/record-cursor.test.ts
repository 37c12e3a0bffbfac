import { expect, test } from '@jest/globals';
import { createRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { encodeRecordBatch } from './record-batch.js';
import { RecordCursor, type StoredRecord } from './record-cursor.js';
import { decodeHeaders, encodeHeaders, noHeaders } from '../kafka/record.js';

const state = { producerId: 7n, producerEpoch: 3, baseSequence: 41 };

function batchOf(texts: readonly string[], baseOffset: number, attributes = 0): Buffer {
  const records = texts.map((text) => ({
    key: Buffer.from('k'),
    value: Buffer.from(text),
    headers: noHeaders,
  }));
  const batch = encodeRecordBatch(records, state, 1_000);
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  batch.writeInt16BE(attributes, 21);
  batch.writeBigInt64BE(5_000n, 35);
  return batch;
}

function readAll(batches: Buffer, from: number): StoredRecord[] {
  const cursor = new RecordCursor(batches, from);
  const found: StoredRecord[] = [];
  for (let record = cursor.next(); record !== undefined; record = cursor.next()) {
    found.push(record);
  }
  return found;
}

const textsOf = (records: readonly StoredRecord[]): string[] =>
  records.map(({ value }) => value.toString());

test('records are found as they were written, whatever they hold', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
  const headers = fc.array(
    fc.tuple(fc.string({ maxLength: 80 }), fc.option(fc.string({ maxLength: 200 }))),
    { maxLength: 12 },
  );
  const record = fc.record({ key: bytes, value: bytes, headers });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 100 }), (records) => {
      const encoded = records.map((each) => ({ ...each, headers: encodeHeaders(each.headers) }));
      const found = readAll(encodeRecordBatch(encoded, state, 1_700_000_000_000), 0);

      expect(found.map(({ value }) => value)).toEqual(records.map(({ value }) => value));
      expect(found.map((each) => decodeHeaders(each.headers))).toEqual(
        records.map((each) => each.headers),
      );
      expect(found.map(({ offset }) => offset)).toEqual([...records.keys()]);
      expect(found.every(({ timeMs }) => timeMs === 1_700_000_000_000)).toBe(true);
    }),
  );
});

test('batches of another implementation are read, with times of their records, compressed or not', () => {
  const messages = [10n, 900_000_000n, 3n].map((timestamp) => ({
    topic: 't',
    value: Buffer.from(`at ${timestamp}`),
    timestamp,
  }));
  const plain = createRecordsBatch(messages).buffer;
  const compressed = createRecordsBatch(messages, { compression: 'gzip' }).buffer;

  for (const batch of [plain, compressed]) {
    const found = readAll(batch, 0);
    expect(textsOf(found)).toEqual(['at 10', 'at 900000000', 'at 3']);
    expect(found.map(({ timeMs }) => timeMs)).toEqual([10, 900_000_000, 3]);
  }
});

test('a time that the broker has set is that of all records of the batch', () => {
  const found = readAll(batchOf(['a', 'b'], 0, 0x08), 0);

  expect(found.map(({ timeMs }) => timeMs)).toEqual([5_000, 5_000]);
});

test('what stands before the asked offset is passed over', () => {
  const batches = Buffer.concat([batchOf(['a', 'b'], 10), batchOf(['c', 'd', 'e'], 12)]);

  expect(textsOf(readAll(batches, 13))).toEqual(['d', 'e']);
  expect(readAll(batches, 13).map(({ offset }) => offset)).toEqual([13, 14]);
});

test('a batch that is cut off at any byte is not read', () => {
  const whole = batchOf(['a', 'b'], 0);
  const second = batchOf(['c'], 2);

  for (let length = 0; length < second.length; length++) {
    const batches = Buffer.concat([whole, second.subarray(0, length)]);
    expect(textsOf(readAll(batches, 0))).toEqual(['a', 'b']);
  }
});

test('the position goes behind batches of control and gaps', () => {
  const cursor = new RecordCursor(
    Buffer.concat([batchOf(['a'], 4), batchOf(['commit'], 5, 0x20), batchOf(['b'], 9)]),
    3,
  );

  expect(cursor.position).toBe(3);
  expect(cursor.next()?.value.toString()).toBe('a');
  expect(cursor.position).toBe(5);
  expect(cursor.next()).toMatchObject({ offset: 9, value: Buffer.from('b') });
  expect(cursor.next()).toBeUndefined();
  expect(cursor.position).toBe(10);
});

test.each([
  ['a batch that ends before it begins', 8, -12],
  ['a batch that is shorter than its head', 8, 48],
])('%s is refused', (_, at, length) => {
  const batch = batchOf(['a'], 0);
  batch.writeInt32BE(length, at);

  expect(() => readAll(batch, 0)).toThrow('shorter than its head');
});

test.each([
  ['shorter', 4],
  ['longer', 60],
])('a record that says to be %s than it is is refused', (_, length) => {
  const batch = batchOf(['a'], 0);
  batch.writeUInt8(length, 61);

  expect(() => readAll(batch, 0)).toThrow('not the length that it says');
});
