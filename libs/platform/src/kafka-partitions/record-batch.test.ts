import { expect, test } from '@jest/globals';
import { Reader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { encodedRecordLengthMax, encodeRecordBatch } from './record-batch.js';
import {
  decodeHeaders,
  encodeHeaders,
  joinHeaders,
  noHeaders,
  type Header,
} from '../kafka/record.js';

const state = { producerId: 7n, producerEpoch: 3, baseSequence: 41 };
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const header = fc.tuple(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.option(fc.string({ unit: 'grapheme', maxLength: 200 })),
) as fc.Arbitrary<Header>;
const record = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(header, { maxLength: 12 }).map(encodeHeaders),
});

test('the reader of another implementation finds every record as it was given', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), (records) => {
      const batch = readRecordsBatch(Reader.from(encodeRecordBatch(records, state, 1_700_000_000)));

      expect(batch.magic).toBe(2);
      expect(batch.producerId).toBe(7n);
      expect(batch.producerEpoch).toBe(3);
      expect(batch.firstSequence).toBe(41);
      expect(batch.firstTimestamp).toBe(1_700_000_000n);
      expect(batch.lastOffsetDelta).toBe(records.length - 1);
      expect(batch.records.map(({ offsetDelta }) => offsetDelta)).toEqual([...records.keys()]);
      expect(batch.records.map(({ key }) => Buffer.from(key!))).toEqual(
        records.map(({ key }) => key),
      );
      expect(batch.records.map(({ value }) => Buffer.from(value!))).toEqual(
        records.map(({ value }) => value),
      );
    }),
  );
});

test('headers survive encoding and decoding, null apart from empty', () => {
  fc.assert(
    fc.property(fc.array(header), fc.array(header), (first, second) => {
      const joined = joinHeaders(encodeHeaders(first), encodeHeaders(second));

      expect(decodeHeaders(joined)).toEqual([...first, ...second]);
    }),
  );
});

test('no record takes more than its stated bound', () => {
  fc.assert(
    fc.property(record, (one) => {
      const alone = encodeRecordBatch([one], state, 0).length;
      const empty = encodeRecordBatch([], state, 0).length;

      expect(alone - empty).toBeLessThanOrEqual(encodedRecordLengthMax(one));
    }),
  );
});

test('a length that needs five bytes is written right', () => {
  const value = Buffer.alloc(200_000, 'x');
  const batch = encodeRecordBatch([{ key: Buffer.from('d'), value, headers: noHeaders }], state, 0);

  expect(readRecordsBatch(Reader.from(batch)).records[0]?.value?.length).toBe(200_000);
});
