import type { Metadata } from '@grpc/grpc-js';
import { actAs, type Actor } from '../actor/actor.js';
import { getActor } from '../grpc/actor-metadata.js';
import type { RpcCall, RpcInterceptor } from './rpc-interceptor.js';

/**
 * Each rpc is served on behalf of whom its caller names; a caller that names nobody acts itself. For services that
 * store changes: it costs each promise of the process some CPU (ADR 21).
 */
export class ActorInterceptor implements RpcInterceptor {
  async intercept({ metadata }: RpcCall, next: () => Promise<unknown>): Promise<unknown> {
    return actAs(actorOf(metadata), next);
  }
}

/** Certificates do not tell services apart (ADR 9), so such a caller is known as one of them. */
const unnamedService: Actor = { kind: 'process', name: 'another service' };

function actorOf(metadata: Metadata): Actor {
  return getActor(metadata) ?? unnamedService;
}
