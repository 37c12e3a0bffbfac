import { expect, test } from '@jest/globals';
import { commandBody, numberOfCommand } from './command-body.js';

test('a body has the length that is asked for, and its number at the end', () => {
  const body = commandBody(1_234_567, 200);

  expect(body).toHaveLength(200);
  expect(numberOfCommand(Buffer.from(`before${body}after`), 6 + 200)).toBe(1_234_567);
});
