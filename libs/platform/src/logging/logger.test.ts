import { expect, test } from '@jest/globals';
import { createLogger } from './logger.js';

test('what a terminal would take for an order stands escaped in a line', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ service: 'api', level: 'info', destination });
  const hostName = '\u001b[2J\u007f\u009b31m\u009d0;title\u0007\u2028\u2029\u202e\u{e0041}é😀';
  logger.info({ hostName }, 'request');

  expect(lines[0]).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
  expect(lines[0]).toContain('\\u202e\\udb40\\udc41é😀');
  expect(JSON.parse(lines[0]!)).toMatchObject({ hostName, msg: 'request' });
});
