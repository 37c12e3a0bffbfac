import { expect, test } from '@jest/globals';
import { formatTable } from './table.js';

const rows = [
  ['', 'a', 'bb'],
  ['first', '10', '2'],
];

test('columns for a terminal', () => {
  expect(formatTable(rows, 'terminal')).toBe('         a   bb\n-----   --   --\nfirst   10    2\n');
});

test('Markdown', () => {
  expect(formatTable(rows, 'markdown')).toBe(
    '|       |  a | bb |\n| ----- | -: | -: |\n| first | 10 |  2 |\n',
  );
});
