import { TurnsByName } from '@linchpin/fairness';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';

/** Shorter than callers wait for their answer, so that they hear why it does not come. */
const waitMsMax = 3_000;

/** Of the connections to PostgreSQL, what calls about one hub may use at once. */
const connectionsShare = 0.4;

/** By the names that requests have for it. */
interface AboutHub {
  readonly hub?: string | { readonly name: string };
  readonly name?: string;
  readonly subject?: { readonly hub: string };
}

/**
 * Calls about one hub wait for each other, and leave connections to those about others: its owner may have
 * many changes of one row wait for their lock, or a million identities counted many times. Credentials are
 * judged in turns where they come in, and so not here.
 */
export class HubTurnsInterceptor implements NestInterceptor {
  readonly #turns: TurnsByName;

  constructor(postgresConnectionsMax: number) {
    const atOnceMax = Math.max(1, Math.floor(connectionsShare * postgresConnectionsMax));
    this.#turns = new TurnsByName({ atOnceMax, waitMsMax });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const hub = hubOf(context.getArgByIndex<AboutHub>(0));
    return hub === undefined
      ? next.handle()
      : from(this.#turns.inTurn(hub, () => lastValueFrom(next.handle())));
  }
}

function hubOf({ hub, name, subject }: AboutHub): string | undefined {
  const named = typeof hub === 'object' ? hub.name : (hub ?? name ?? subject?.hub);
  return named?.toLowerCase();
}
