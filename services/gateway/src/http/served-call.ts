import { randomUUID } from 'node:crypto';
import type { BegunRequest, Exchange } from '@linchpin/platform/http-server';
import type { HubError } from '@linchpin/wire';
import type { DeviceSession } from '../domain/device-session.js';
import type { DeviceCall } from './device-call.js';

export interface CallExchange extends Exchange {
  readonly begun: BegunRequest;
}

/** What is known of a call, filled in on its way; its log line and metrics are made of this. */
export interface ServedCall {
  /** 32 hexadecimal digits; the client sees them as `x-ms-request-id` and in the tracking id. */
  readonly id: string;
  /** By the process's own monotonic clock. */
  readonly startedMs: number;
  readonly exchange: CallExchange;
  readonly call: DeviceCall;
  /** Undefined until the device is let in. */
  session: DeviceSession | undefined;
  requestBytes: number;
  responseBytes: number;
  /** Of telemetry. */
  messages: number;
  /** What the client was told when the call failed. */
  error: HubError | undefined;
  /** What made it fail although the client did nothing wrong: a fault of ours. */
  fault: unknown;
}

/** What a call is answered with, besides what every answer has. */
export interface CallAnswer {
  readonly status: number;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export const noContent: CallAnswer = { status: 204, headers: [], body: new Uint8Array() };

export function beginCall(exchange: CallExchange, call: DeviceCall): ServedCall {
  return {
    id: randomUUID().replaceAll('-', ''),
    startedMs: performance.now(),
    exchange,
    call,
    session: undefined,
    requestBytes: 0,
    responseBytes: 0,
    messages: 0,
    error: undefined,
    fault: undefined,
  };
}
