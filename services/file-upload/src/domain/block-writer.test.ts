import { expect, test } from '@jest/globals';
import { InMemoryBlobContainer } from './blob-container.fake.js';
import { blockIds, blockPrefix, BlockWriter } from './block-writer.js';

const jobId = '00000000-0000-4000-8000-000000000000';

function open(container: InMemoryBlobContainer, options = {}): BlockWriter {
  return new BlockWriter({
    container,
    blobName: 'b',
    blockPrefix: blockPrefix(jobId, 1),
    ...options,
  });
}

test('what is written appears when it is committed', async () => {
  const container = new InMemoryBlobContainer();
  const writer = open(container);
  await writer.write('a\n');
  await writer.stage();
  await writer.write('b\n');

  expect(container.blobs.has('b')).toBe(false);
  await writer.commit();
  expect(container.blobs.get('b')?.toString()).toBe('a\nb\n');
});

test('so much is staged by itself that no more than a block waits', async () => {
  const writer = open(new InMemoryBlobContainer());
  await writer.write('x'.repeat(4 * 1024 * 1024));

  expect({ staged: writer.stagedBlocks, isEmpty: writer.isEmpty }).toEqual({
    staged: 1,
    isEmpty: true,
  });
});

test('texts fall where they may into blocks of 4 MB, characters whole', async () => {
  const container = new InMemoryBlobContainer();
  const writer = open(container);
  const text = `${'x'.repeat(1_000_001)}${'€'.repeat(1_000_000)}\n`;
  for (let time = 0; time < 3; time++) {
    await writer.write(text);
  }
  expect(writer.stagedBlocks).toBe(2);
  await writer.commit();

  expect(container.blobs.get('b')?.toString()).toBe(text.repeat(3));
});

test('another writer goes on behind what one has staged', async () => {
  const container = new InMemoryBlobContainer();
  const first = open(container);
  await first.write('a\n');
  await first.stage();
  const second = open(container, {
    blockPrefix: blockPrefix(jobId, 2),
    before: blockIds(blockPrefix(jobId, 1), 1),
  });
  // The first one was taken for dead, and is not.
  await first.write('late\n');
  await first.stage();
  await second.write('b\n');
  await second.commit();

  expect(container.blobs.get('b')?.toString()).toBe('a\nb\n');
});

test('all block ids have one length', () => {
  const ids = [...blockIds(blockPrefix(jobId, 0), 1), ...blockIds(blockPrefix(jobId, 12), 101)];

  expect(new Set(ids.map(({ length }) => length)).size).toBe(1);
  expect(new Set(ids).size).toBe(ids.length);
});
