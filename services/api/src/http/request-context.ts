import assert from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ClientSource } from '@linchpin/auth';
import type { Room } from '@linchpin/fairness';
import {
  parseRequestTarget,
  type BegunRequest,
  type RequestTarget,
} from '@linchpin/platform/http-server';
import type { HubError } from '@linchpin/wire';
import type { Administrator, Caller } from '../domain/caller.js';
import type { FoundOperation } from './find-operation.js';

/** What is known of a request, filled in on its way; its log line and metrics are made of this. */
export interface RequestContext {
  /** 32 hexadecimal digits; the client sees them as `x-ms-request-id` and in the tracking id. */
  readonly id: string;
  /** By the process's own monotonic clock. */
  readonly startedMs: number;
  readonly client: ClientSource;
  /** Its place on its connection. */
  readonly begun: BegunRequest;
  /** As sent, before an override. */
  readonly method: string;
  readonly target: RequestTarget;
  traceId: string | undefined;
  /** The host of the hub that the credential is for, by its own word; else of the header Host. */
  claimedHost: string | undefined;
  /** Undefined when the hub has no such operation. */
  found: FoundOperation | undefined;
  /** Undefined on the control plane. */
  caller: Caller | undefined;
  /** Undefined on the service REST API. */
  administrator: Administrator | undefined;
  /** Undefined before the request is admitted; until then none of its body is read. */
  room: Room | undefined;
  requestBytes: number;
  responseBytes: number;
  /** What the client was told when the request failed. */
  error: HubError | undefined;
  /** What made the request fail although the client did nothing wrong: a fault of ours. */
  fault: unknown;
}

/**
 * A member of the request, and no WeakMap beside it: V8 keeps the values of a map that is old until it collects its
 * old space, with all that they hold, and each request would fill that space.
 */
const contextMember = Symbol('context');

interface RequestWithContext extends IncomingMessage {
  [contextMember]?: RequestContext;
}

export function beginContext(request: RequestWithContext, begun: BegunRequest): RequestContext {
  const context: RequestContext = {
    id: randomBytes(16).toString('hex'),
    startedMs: performance.now(),
    client: begun.client,
    begun,
    method: request.method ?? '',
    target: parseRequestTarget(request.url ?? '/'),
    traceId: undefined,
    claimedHost: request.headers.host,
    found: undefined,
    caller: undefined,
    administrator: undefined,
    room: undefined,
    requestBytes: 0,
    responseBytes: 0,
    error: undefined,
    fault: undefined,
  };
  request[contextMember] = context;
  return context;
}

export function contextOf(request: RequestWithContext): RequestContext {
  const context = request[contextMember];
  assert(context !== undefined, 'every request begins with a context');
  return context;
}

/** The hub of the policy that the caller has shown; of a bearer, that which the header Host names. */
export function hubOf(request: IncomingMessage): string {
  return callerOf(request).hub;
}

/** On the control plane. */
export function administratorOf(request: IncomingMessage): Administrator {
  const { administrator } = contextOf(request);
  assert(administrator !== undefined, 'no request for the control plane gets here without one');
  return administrator;
}

export function callerOf(request: IncomingMessage): Caller {
  const { caller } = contextOf(request);
  assert(caller !== undefined, 'no request of a service gets here without a caller');
  return caller;
}
