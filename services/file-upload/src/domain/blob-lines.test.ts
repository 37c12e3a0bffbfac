import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InMemoryBlobContainer } from './blob-container.fake.js';
import { readBlobLines, type BlobLine, type BlobLinesOptions } from './blob-lines.js';

async function linesOf(
  content: string,
  options: Partial<
    Pick<BlobLinesOptions, 'offset' | 'linesBefore' | 'pieceBytes' | 'isWanted'>
  > = {},
): Promise<readonly BlobLine[]> {
  const container = new InMemoryBlobContainer();
  container.blobs.set('b', Buffer.from(content));
  const lines: BlobLine[] = [];
  const blob = await container.describe('b');
  const reading = {
    ...{ container, blobName: 'b', blob, offset: 0, linesBefore: 0, lineBytesMax: 10 },
    isWanted: () => true,
    ...options,
  };
  for await (const line of readBlobLines(reading)) {
    lines.push(line);
  }
  return lines;
}

test('lines end with a line feed, the last one with the blob', async () => {
  expect(await linesOf('a\r\n\nb')).toEqual([
    { text: 'a', number: 1, endOffset: 3 },
    { text: '', number: 2, endOffset: 4 },
    { text: 'b', number: 3, endOffset: 6 },
  ]);
  expect(await linesOf('')).toEqual([]);
  expect(await linesOf('a\n')).toHaveLength(1);
});

test('a byte order mark is no part of the first line', async () => {
  expect((await linesOf('\uFEFF{}\n\uFEFF')).map(({ text }) => text)).toEqual(['{}', '\uFEFF']);
});

test('a line that is too long is passed over, and the next one is read', async () => {
  expect(await linesOf(`${'x'.repeat(11)}\nshort\n`, { pieceBytes: 4 })).toEqual([
    { text: undefined, number: 1, endOffset: 12 },
    { text: 'short', number: 2, endOffset: 18 },
  ]);
});

test('of lines in a row that are not wanted the last one of a piece tells where they end', async () => {
  const isWanted = (text: string) => text.startsWith('w');

  expect(await linesOf('w\n\n#\n\nw\n\n#', { isWanted, pieceBytes: 5 })).toEqual([
    { text: 'w', number: 1, endOffset: 2 },
    { text: '', number: 3, endOffset: 5 },
    { text: 'w', number: 5, endOffset: 8 },
    { text: '', number: 6, endOffset: 9 },
    { text: '', number: 7, endOffset: 11 },
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
        const behind = { offset: endOffset, linesBefore: index + 1, pieceBytes };
        const rest = await linesOf(content, behind);
        expect(rest).toEqual(whole.slice(index + 1));
      }
    }),
    { numRuns: 50 },
  );
});
