import { expect, test } from '@jest/globals';
import { findWebSocketRoute } from './websocket-route.js';

test.each([
  ['/$iothub/websocket', ['mqtt', 'amqp']],
  ['/%24iothub/websocket', ['mqtt', 'amqp']],
  ['/$IoTHub/WebSocket', ['mqtt', 'amqp']],
  ['/$iothub/websocket?iothub-no-client-cert=true', ['mqtt', 'amqp']],
  ['/$iothub/websocket?a=/&b=?', ['mqtt', 'amqp']],
  ['/$servicebus/websocket', ['amqp']],
  ['/%24servicebus/websocket?', ['amqp']],
])('%s takes WebSockets', (target, protocols) => {
  expect(findWebSocketRoute(target)).toEqual({ protocols });
});

test.each([
  '',
  '/',
  '/$iothub',
  '/iothub/websocket',
  '/$iothub/websocket/',
  '/$iothub/websocket/%24',
  '/$iothub%2fwebsocket',
  '//$iothub/websocket',
  '/devices/d1?/$iothub/websocket',
  '*',
])('%s does not', (target) => {
  expect(findWebSocketRoute(target)).toBeUndefined();
});
