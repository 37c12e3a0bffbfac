import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InMemoryBlobContainer } from './blob-container.fake.js';
import { readBlobLines, type BlobLine } from './blob-lines.js';

async function linesOf(
  content: string,
  options: { readonly offset?: number; readonly pieceBytes?: number } = {},
): Promise<readonly BlobLine[]> {
  const container = new InMemoryBlobContainer();
  container.blobs.set('b', Buffer.from(content));
  const lines: BlobLine[] = [];
  const blob = await container.describe('b');
  const reading = { container, blobName: 'b', blob, offset: 0, lineBytesMax: 10, ...options };
  for await (const line of readBlobLines(reading)) {
    lines.push(line);
  }
  return lines;
}

test('lines end with a line feed, the last one with the blob', async () => {
  expect(await linesOf('a\r\n\nb')).toEqual([
    { text: 'a', endOffset: 3 },
    { text: '', endOffset: 4 },
    { text: 'b', endOffset: 6 },
  ]);
  expect(await linesOf('')).toEqual([]);
  expect(await linesOf('a\n')).toHaveLength(1);
});

test('a byte order mark is no part of the first line', async () => {
  expect((await linesOf('\uFEFF{}\n\uFEFF')).map(({ text }) => text)).toEqual(['{}', '\uFEFF']);
});

test('a line that is too long is passed over, and the next one is read', async () => {
  expect(await linesOf(`${'x'.repeat(11)}\nshort\n`, { pieceBytes: 4 })).toEqual([
    { text: undefined, endOffset: 12 },
    { text: 'short', endOffset: 18 },
  ]);
});

test('wherever the pieces and a beginning fall, the lines are the same', async () => {
  const lines = fc.array(fc.string({ maxLength: 9 }).filter((line) => /^[^\n\r]*$/.test(line)));
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 20 }), async (texts, pieceBytes) => {
      const ascii = texts.map((text) => Buffer.from(text).toString('latin1').slice(0, 9));
      const whole = await linesOf(ascii.map((text) => `${text}\n`).join(''), { pieceBytes });
      expect(whole.every(({ text }) => text !== undefined)).toBe(true);
      for (const [index, { endOffset }] of whole.entries()) {
        const content = ascii.map((text) => `${text}\n`).join('');
        const rest = await linesOf(content, { offset: endOffset, pieceBytes });
        expect(rest).toEqual(whole.slice(index + 1));
      }
    }),
    { numRuns: 50 },
  );
});
