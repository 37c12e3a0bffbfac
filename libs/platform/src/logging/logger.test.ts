import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { createLogger, type Logger } from './logger.js';

function logged(...line: Parameters<Logger['info']>): unknown {
  const lines: string[] = [];
  const destination = { write: (text: string) => void lines.push(text) };
  createLogger({ service: 'api', level: 'info', destination }).info(...line);
  return JSON.parse(lines[0]!);
}

test('secrets are hidden at the top of a line, one level down and in errors, and only in the log', () => {
  const members = {
    hub: 'local',
    token: 't1',
    policy: { name: 'p', primaryKey: 'k1' },
    rights: ['a'],
    err: Object.assign(new Error('no'), { code: 'E', password: 'w1' }),
  };

  expect(logged(members, 'request')).toMatchObject({
    hub: 'local',
    token: '[secret]',
    policy: { name: 'p', primaryKey: '[secret]' },
    rights: ['a'],
    err: { message: 'no', stack: expect.any(String), code: 'E', password: '[secret]' },
    msg: 'request',
  });
  expect(members).toMatchObject({ token: 't1', policy: { primaryKey: 'k1' } });
  expect(logged(members.err)).toMatchObject({ err: { message: 'no', password: '[secret]' } });
  const foreign: unknown = runInNewContext('Object.assign(new Error("no"), { token: "t2" })');
  expect(logged({ err: foreign })).toMatchObject({ err: { message: 'no', token: '[secret]' } });
  expect(logged({ err: 'thrown' })).toMatchObject({ err: 'thrown' });
});

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
