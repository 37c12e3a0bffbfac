import { lastAnswer, type UpgradeRequest } from '@linchpin/platform/http-server';
import { HubError } from '@linchpin/wire';
import type { Admission } from '../sockets/admission.js';
import { closeSoon } from '../sockets/client-socket.js';
import type { ListenedConnections, OpenConnection } from '../sockets/listened-connections.js';
import { acceptWebSocket } from '../sockets/websocket/accept-websocket.js';
import {
  findWebSocketRoute,
  type WebSocketProtocol,
} from '../sockets/websocket/websocket-route.js';

/** Who begins to speak what a WebSocket carries. */
export type WebSocketOpeners = Readonly<Record<WebSocketProtocol, OpenConnection>>;

interface WebSocketUpgradesParts {
  readonly admission: Admission;
  readonly openers: WebSocketOpeners;
  readonly connections: ListenedConnections;
  readonly onTurnedAway: (remoteAddress: string, reason: string) => void;
}

/** How long who finds no place is to wait: so long, at most, a client has to show its credential. */
const retryAfterMs = 10_000;

/** Lets clients in that speak MQTT or AMQP in a WebSocket: they count as those do that come by the protocol's own port. */
export class WebSocketUpgrades {
  constructor(private readonly parts: WebSocketUpgradesParts) {}

  accept({ request, socket, head, client }: UpgradeRequest): void {
    const { admission, openers, connections, onTurnedAway } = this.parts;
    socket.on('error', () => undefined);
    const slot = admission.enter(client.address);
    if (typeof slot === 'string') {
      onTurnedAway(client.address, slot);
      // Whoever has no place is not waited for.
      socket.end(lastAnswer(noPlace()), () => {
        socket.destroy();
      });
      return;
    }
    socket.once('close', () => {
      slot.ended();
    });
    const route = findWebSocketRoute(request.url ?? '');
    if (route === undefined) {
      socket.write(lastAnswer(nothingThere()));
      closeSoon(socket);
      return;
    }
    const accepted = acceptWebSocket(request, socket, head, route);
    if (accepted !== undefined) {
      const { stream, protocol } = accepted;
      const arrived = { socket: stream, transport: 'ws', secured: socket, client, slot } as const;
      connections.add(arrived, openers[protocol]);
    }
  }
}

function noPlace(): HubError {
  return new HubError('ServiceUnavailable', 'Too many connections; try again.', { retryAfterMs });
}

function nothingThere(): HubError {
  return new HubError('GenericNotFound', 'No WebSocket is served at this path.');
}
