import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { findOperation, type FoundOperation } from './find-operation.js';
import { OperationHandlers } from './operation-handlers.js';
import { administrationOperations, serviceOperations, type Operation } from './operations.js';

const served = [...serviceOperations, ...administrationOperations];

const nobody = () => Promise.resolve();

function declare(handlers: OperationHandlers, { method, path }: Operation): void {
  handlers[method.toLowerCase() as 'get'](path, nobody);
}

test('a request goes to the controller of its operation, with its parameters decoded', async () => {
  const handlers = new OperationHandlers();
  const seen: unknown[] = [];
  handlers.get('/devices/{deviceId}', nobody);
  handlers.get('/devices/{deviceId}/modules/{moduleId}', ({ params }) => {
    seen.push({ ...params });
    return Promise.resolve();
  });
  const found = findOperation('GET', ['devices', 'a/b', 'modules', '%']) as FoundOperation;
  const request = new IncomingMessage(new Socket());
  await handlers.handle(found, { request, response: new ServerResponse(request) });

  expect(seen).toEqual([{ deviceId: 'a/b', moduleId: '%' }]);
});

test('operations and controllers fit', () => {
  const handlers = new OperationHandlers();
  served.slice(1).forEach((operation) => {
    declare(handlers, operation);
  });

  expect(() => {
    handlers.checkComplete();
  }).toThrow('GET /devices has no controller');
  declare(handlers, served[0]!);
  handlers.checkComplete();
});

test('a controller without an operation, or a second one, is refused', () => {
  const handlers = new OperationHandlers();
  handlers.get('/devices', nobody);

  expect(() => {
    handlers.get('/devices', nobody);
  }).toThrow('GET /devices has two controllers');
  expect(() => {
    handlers.get('/devices/:deviceId', nobody);
  }).toThrow('GET /devices/:deviceId stands in no table of operations');
});
