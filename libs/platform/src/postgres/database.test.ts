import { expect, test } from '@jest/globals';
import pg from 'pg';
import { answering } from './database.js';

function databaseError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('text', 4, 'error'), { code });
}

const unavailable = expect.objectContaining({ code: 'ServiceUnavailable' });

test.each([
  ['nobody listens', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  ['its host is away', Object.assign(new Error('connect EHOSTUNREACH'), { code: 'EHOSTUNREACH' })],
  ['its net is away', Object.assign(new Error('connect ENETUNREACH'), { code: 'ENETUNREACH' })],
  ['neither address answers', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })],
  ['the connection breaks', new Error('Connection terminated unexpectedly')],
  ['it broke before', new Error('Client has encountered a connection error and is not queryable')],
  ['no connection is free', new Error('timeout exceeded when trying to connect')],
  ['the server stops', databaseError('57P01')],
  ['the server has too many connections', databaseError('53300')],
  ['a statement takes too long', databaseError('57014')],
  ['two transactions wait for each other', databaseError('40P01')],
])('when %s the caller may try again', async (_what, error) => {
  const work = answering(Promise.reject(error));
  await expect(work).rejects.toEqual(unavailable);
  await expect(work).rejects.toHaveProperty('cause', error);
});

test.each([databaseError('23505'), databaseError('42703'), new TypeError('x'), 'text', undefined])(
  'a fault of ours stays as it is: %p',
  async (error) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever it is
    await expect(answering(Promise.reject(error))).rejects.toBe(error);
  },
);
