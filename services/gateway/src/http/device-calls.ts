import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { sendAnswer } from '@linchpin/platform/http-server';
import { HubError } from '@linchpin/wire';
import type { RequestAccess } from '../domain/request-accesses.js';
import { checkCallVersion } from './call-version.js';
import type { DeviceCall } from './device-call.js';
import { readClaim, toRefusal } from './device-claim.js';
import { receiveMessage, settleMessage } from './devicebound-calls.js';
import { errorAnswer } from './error-answer.js';
import { HttpConnection } from './http-connection.js';
import type { HttpServices } from './http-services.js';
import { beginCall, type CallAnswer, type CallExchange, type ServedCall } from './served-call.js';
import { sendTelemetry } from './telemetry-call.js';
import { completeUpload, startUpload } from './upload-calls.js';

/** Serves what devices and modules ask for over HTTPS (device-https.md). */
export class DeviceCalls {
  /** Of those by which calls have come. */
  readonly #connections = new Map<Socket, HttpConnection>();

  constructor(private readonly services: HttpServices) {}

  /** Whatever happens, the client is answered, or its connection ends. */
  answer(exchange: CallExchange, call: DeviceCall): void {
    void this.#serve(beginCall(exchange, call));
  }

  async #serve(served: ServedCall): Promise<void> {
    const { exchange } = served;
    try {
      send(served, await this.#carryOut(served));
    } catch (error) {
      // Who was never let in keeps no place that others need.
      exchange.response.shouldKeepAlive &&=
        this.#connections.get(exchange.request.socket)?.isProven === true;
      sendError(served, error);
    }
    await exchange.begun.ended;
    this.services.callEvents.ended(served);
  }

  async #carryOut(served: ServedCall): Promise<CallAnswer> {
    const { call } = served;
    if (call.name === 'wrongMethod') {
      const text = `The methods of this path are ${call.allowed}.`;
      throw new HubError('GenericMethodNotAllowed', text);
    }
    const access = await this.#admit(served);
    checkConnected(served.exchange);
    checkCallVersion(call.query.get('api-version'));
    switch (call.name) {
      case 'sendTelemetry':
        return sendTelemetry(served, access, this.services);
      case 'receiveMessage':
        return receiveMessage(served, access, this.services);
      case 'settleMessage':
        return settleMessage(served, call, access, this.services);
      case 'startUpload':
        return startUpload(served, access, this.services);
      case 'completeUpload':
        return completeUpload(served, call, access, this.services);
    }
  }

  async #admit(served: ServedCall): Promise<RequestAccess> {
    const { request } = served.exchange;
    const connection = this.#connectionOf(served.exchange);
    const claim = readClaim(request, served.call.identity, () => connection.certificates());
    try {
      const access = await connection.accesses.admit(claim);
      served.session = access.session;
      connection.isProven = true;
      return access;
    } catch (error) {
      throw toRefusal(error, claim);
    }
  }

  #connectionOf({ request: { socket }, begun }: CallExchange): HttpConnection {
    const known = this.#connections.get(socket);
    if (known !== undefined) {
      return known;
    }
    checkConnected({ request: { socket } });
    const connection = new HttpConnection(socket, begun.client, this.services);
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      connection.accesses.end();
    });
    return connection;
  }
}

/** Nothing is done for a client that has gone. */
function checkConnected({ request }: { readonly request: Pick<IncomingMessage, 'socket'> }): void {
  if (request.socket.destroyed) {
    throw new HubError('ClientClosedRequest', 'The connection was closed.');
  }
}

function send(served: ServedCall, answer: CallAnswer): void {
  const { id, exchange } = served;
  const headers = [...answer.headers, 'x-ms-request-id', id];
  served.responseBytes = answer.body.length;
  if (!exchange.request.socket.destroyed) {
    sendAnswer(exchange, { ...answer, headers });
  }
}

/** What is no HubError is a fault of ours, of which the client learns nothing but that it happened. */
function sendError(served: ServedCall, error: unknown): void {
  const isForeseen = error instanceof HubError;
  served.error = isForeseen ? error : new HubError('ServerError', 'Internal error.');
  served.fault = isForeseen ? undefined : error;
  const { request, response } = served.exchange;
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  send(served, errorAnswer(served.error, served));
}
