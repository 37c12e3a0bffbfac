import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { actAs, type Actor } from '../actor/actor.js';
import { getActor } from '../grpc/actor-metadata.js';

/** Each rpc is served on behalf of whom its caller names; a caller that names nobody acts itself. */
export class ActorInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2);
    return from(actAs(actorOf(call.metadata), () => lastValueFrom(next.handle())));
  }
}

/** Certificates do not tell services apart (ADR 9), so such a caller is known as one of them. */
const unnamedService: Actor = { kind: 'process', name: 'another service' };

function actorOf(metadata: Metadata): Actor {
  return getActor(metadata) ?? unnamedService;
}
