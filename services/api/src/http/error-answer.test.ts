import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { parseRequestTarget } from '@linchpin/platform/http-server';
import { NamedRooms } from '@linchpin/fairness';
import { HubError } from '@linchpin/wire';
import { answerError, errorShapeOf } from './error-answer.js';
import { findOperation, type FoundOperation } from './find-operation.js';
import { beginContext } from './request-context.js';

test.each([
  ['/devices/d1', 'legacy'],
  ['/configurations', 'legacy'],
  ['/jobs', 'legacy'],
  ['/jobs/v2', 'nested'],
  ['/jobs/v2/j1', 'nested'],
  ['/Jobs/V2/query', 'nested'],
  ['/statistics/devices', 'legacy'],
  ['/twins/d1', 'nested'],
  ['/TWINS/d1/methods', 'nested'],
  ['/twinsets', 'legacy'],
  ['/digitaltwins/d1', 'nested'],
  ['/subscriptions/s', 'arm'],
  ['/', 'legacy'],
])('an error on %s has the shape %s', (path, shape) => {
  expect(errorShapeOf(parseRequestTarget(path).segments)).toBe(shape);
});

test('what failed is told, however little memory there is', () => {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const context = beginContext(request, {
    client: { address: '192.0.2.1', tlsVersion: '1.3' },
    ended: Promise.resolve(),
    onGone: () => undefined,
    allow: () => undefined,
  });
  context.found = findOperation('GET', ['devices', 'd1']) as FoundOperation;
  context.room = new NamedRooms(1).enter('hub');
  answerError({ request, response }, new HubError('DeviceNotFound', 'There is no d1.'));

  expect([response.statusCode, response.writableEnded]).toEqual([404, true]);
});
