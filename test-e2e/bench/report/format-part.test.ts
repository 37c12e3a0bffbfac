import { expect, test } from '@jest/globals';
import type { PartResult } from './figures.js';
import { formatNumber, formatPart } from './format-part.js';

const part: PartResult = {
  title: 'A load',
  notes: ['A note.'],
  rounds: new Map([
    ['Linchpin', [{ messagesPerSecond: 900, kafkaUsPerMessage: 2, serverShare: 50 }]],
    ['aedes', [{ messagesPerSecond: 300, serverShare: 25 }]],
  ]),
  comparisons: [{ subject: 'Linchpin', to: 'aedes' }],
};

test('a ratio stands where both have the figure and it is worth one', () => {
  expect(formatPart(part, 'terminal').split('\n')).toEqual([
    'A load',
    '                          Linchpin   aedes   Linchpin : aedes',
    '-----------------------   --------   -----   ----------------',
    'messages/s                     900     300             3.00 ×',
    'CPU-µs a message: Kafka       2.00',
    'server, % of a core           50.0    25.0',
    'A note.',
  ]);
});

test('a table of its own is shown as it is', () => {
  const table = [
    ['query', 'p50, ms'],
    ['a', '1.00'],
  ];

  expect(formatPart({ ...part, rounds: new Map(), table }, 'markdown')).toContain(
    '| query | p50, ms |\n| ----- | ------: |\n| a     |    1.00 |',
  );
});

test('several rounds are told as median, lowest and highest', () => {
  const rounds = new Map([['Linchpin', [3, 1, 2].map((ms) => ({ pubackP50: ms }))]]);

  expect(formatPart({ ...part, rounds, comparisons: [] }, 'markdown')).toContain(
    '| PUBACK p50, ms | 2.00 (1.00–3.00) |',
  );
});

test.each([
  [0.126, '0.13'],
  [12.34, '12.3'],
  [123.4, '123'],
  [91_920.4, '91,920'],
])('%d is told as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});
