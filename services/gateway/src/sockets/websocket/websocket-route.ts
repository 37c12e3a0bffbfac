/** What is spoken inside a WebSocket. */
export type WebSocketProtocol = 'mqtt' | 'amqp';

/** A path that takes WebSockets (device-mqtt.md section 1.3, amqp.md section 1). */
export interface WebSocketRoute {
  readonly protocols: readonly WebSocketProtocol[];
}

const routes = new Map<string, WebSocketRoute>([
  ['/$iothub/websocket', { protocols: ['mqtt', 'amqp'] }],
  ['/$servicebus/websocket', { protocols: ['amqp'] }],
]);

/** @param target of the request line; its query says nothing that matters here */
export function findWebSocketRoute(target: string): WebSocketRoute | undefined {
  const [path = ''] = target.split('?', 1);
  return routes.get(path.toLowerCase().replace('/%24', '/$'));
}
