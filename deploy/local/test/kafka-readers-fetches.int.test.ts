/**
 * Fetches, which the broker keeps until it can answer, whoever is connected by then. A real broker with the standard
 * bounds of the runner, before an api that is a stand-in.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { fetchAsNewest, fetchAsOldest, fetchInSession } from './support/fetch-requests.js';
import type { RawReader } from './support/raw-reader.js';
import { ReadersBroker } from './support/readers-broker.js';

const startTimeoutMs = 300_000;
const partsMax = 128;
const waitMsMax = 60_000;

let readers: ReadersBroker;

beforeAll(async () => {
  readers = await ReadersBroker.start(process.env, []);
}, startTimeoutMs);

afterAll(async () => {
  await readers.stop();
}, startTimeoutMs);

describe('a fetch', () => {
  const wideTopic = 't.events.wide';
  const partitions = Array.from({ length: 32 }, (_, index) => index);
  const unknownPartitions = Array.from({ length: 200 }, (_, index) => 100 + index);
  const seconds = 5;
  let raw: RawReader;

  beforeAll(async () => {
    const admin = readers.inside().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: wideTopic, numPartitions: partitions.length }] });
    await admin.disconnect();
  });

  beforeEach(async () => {
    raw = await readers.openRawOf('wide');
  });

  afterEach(() => {
    raw.close();
  });

  test('of all partitions of a topic waits for records, and is remembered by no session', async () => {
    const all = { topic: wideTopic, partitions };
    // The broker leads them a moment after they were made.
    await eventually(async () => {
      const { errors } = await fetchInSession(raw, { ...all, waitMs: 0 });
      return errors.every((error) => error === 0);
    });
    const askedAt = Date.now();

    const fetched = await fetchInSession(raw, { ...all, waitMs: seconds * 1_000 });

    expect(Date.now() - askedAt).toBeGreaterThan((seconds - 1) * 1_000);
    expect(fetched).toEqual({ sessionId: 0, errors: partitions.map(() => 0) });
  });

  test('of more bytes is cut off', async () => {
    const tooMany = { topic: wideTopic, partitions: unknownPartitions, waitMs: 0 };

    await expect(fetchInSession(raw, tooMany)).rejects.toThrow(/abort/i);
  });

  test('of more partitions in as many bytes is cut off', async () => {
    const many = { topic: wideTopic, partitions: unknownPartitions.slice(0, 100), waitMs: 0 };
    const tooMany = { ...many, partitions: unknownPartitions.slice(0, partsMax) };

    await expect(fetchAsOldest(raw, many)).resolves.toHaveProperty('length');
    await expect(fetchAsOldest(raw, tooMany)).rejects.toThrow(/abort/i);
  });

  test.each([
    [
      '4',
      (reader: RawReader, waitMs: number) =>
        fetchAsOldest(reader, { topic: wideTopic, partitions: [100], waitMs }),
    ],
    ['17', fetchAsNewest],
  ])('that would wait for more than a minute is cut off, in version %s', async (_, fetch) => {
    await expect(fetch(raw, waitMsMax)).resolves.toHaveProperty('length');
    await expect(fetch(raw, waitMsMax + 1)).rejects.toThrow(/abort/i);
  });

  test('is judged however its bytes come', async () => {
    const pieces = (await readers.openRaw(readers.newPassword(), { pieceBytes: 1 }))!;

    await expect(fetchAsNewest(pieces, waitMsMax)).resolves.toHaveProperty('length');
    await expect(fetchAsNewest(pieces, waitMsMax + 1)).rejects.toThrow(/abort/i);
  });
});
