/**
 * The front door on 443 (device-https.md sections 1 and 11): what devices call is answered here, WebSockets carry what
 * other ports carry by TLS alone, and all else is the api's.
 */
import {
  HttpsServer,
  parseRequestTarget,
  type HttpConnectionEvents,
  type HttpLimits,
} from '@linchpin/platform/http-server';
import type { ListenOptions } from '@linchpin/platform/tls';
import { HubError } from '@linchpin/wire';
import type { Admission } from '../sockets/admission.js';
import { ListenedConnections } from '../sockets/listened-connections.js';
import { findWebSocketRoute } from '../sockets/websocket/websocket-route.js';
import { findDeviceCall } from './device-call.js';
import type { DeviceCalls } from './device-calls.js';
import type { PassThrough } from './pass-through.js';
import { refuseRequest } from './refuse-request.js';
import { WebSocketUpgrades, type WebSocketOpeners } from './websocket-upgrades.js';

export interface HttpListenerOptions extends ListenOptions {
  readonly limits: HttpLimits;
  /** Over how long ends are spread, and requests are waited for, when the gateway stops. */
  readonly drainMs: number;
  readonly deviceCalls: Pick<DeviceCalls, 'answer'>;
  readonly passThrough: Pick<PassThrough, 'pass'>;
  /** Places for connections that are not of HTTP, shared with the other listeners. */
  readonly admission: Admission;
  readonly openers: WebSocketOpeners;
  readonly onTurnedAway: (remoteAddress: string, reason: string) => void;
  readonly events: HttpConnectionEvents;
}

/** Properties of messages travel as headers (device-https.md section 9). */
export const headerBytesMax = 64 * 1024;

export class HttpListener {
  private constructor(
    private readonly https: HttpsServer,
    private readonly webSockets: ListenedConnections,
    private readonly drainMs: number,
  ) {}

  /** @throws SettingFault when an address cannot be listened on */
  static async start(options: HttpListenerOptions): Promise<HttpListener> {
    const { drainMs, deviceCalls, passThrough } = options;
    const webSockets = new ListenedConnections(drainMs);
    const upgrades = new WebSocketUpgrades({ ...options, connections: webSockets });
    const https = await HttpsServer.start({
      ...options,
      variable: 'LINCHPIN_HTTPS_LISTEN',
      headerBytesMax,
      asksForCertificate: true,
      listener: (request, response, begun) => {
        const { method = '', url = '/' } = request;
        const call = findDeviceCall(method, parseRequestTarget(url));
        if (call !== undefined) {
          deviceCalls.answer({ request, response, begun }, call);
        } else if (findWebSocketRoute(url) === undefined) {
          passThrough.pass({ request, response, begun });
        } else {
          refuseRequest({ request, response }, noUpgrade());
        }
      },
      onUpgrade: (upgrade) => {
        upgrades.accept(upgrade);
      },
    });
    webSockets.start();
    return new HttpListener(https, webSockets, drainMs);
  }

  /** In the order of the addresses. */
  get ports(): readonly number[] {
    return this.https.ports;
  }

  /** No further connection is accepted. */
  stopAccepting(): void {
    this.https.stopAccepting();
  }

  /** Ends what is spoken in WebSockets as other listeners do, and lets requests that are being served end. */
  async drain(): Promise<void> {
    await Promise.all([this.webSockets.drain(), this.https.stop(this.drainMs)]);
  }
}

function noUpgrade(): HubError {
  return new HubError('GenericBadRequest', 'Only WebSockets are served at this path.');
}
