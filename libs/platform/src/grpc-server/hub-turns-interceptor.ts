import { TurnsByName } from '@linchpin/fairness';
import type { RpcCall, RpcInterceptor } from './rpc-interceptor.js';

/** Shorter than callers wait for their answer, so that they hear why it does not come. */
const waitMsMax = 3_000;

/** Of the connections to PostgreSQL, what calls about one hub may use at once. */
const connectionsShare = 0.4;

/** By the names that requests have for it. */
interface AboutHub {
  readonly hub?: string | { readonly name: string };
  readonly name?: string;
  readonly subject?: { readonly hub: string };
  readonly recipient?: { readonly hub: string };
  readonly device?: { readonly hub: string };
}

/**
 * Calls about one hub wait for each other, and leave connections to those about others: its owner may have
 * many changes of one row wait for their lock, or a million identities counted many times. Credentials are
 * judged in turns where they come in, and so not here.
 */
export class HubTurnsInterceptor implements RpcInterceptor {
  readonly #turns: TurnsByName;

  private constructor(
    atOnceMax: number,
    private readonly takesTurns: (path: string) => boolean,
  ) {
    this.#turns = new TurnsByName({ atOnceMax, waitMsMax });
  }

  /** For calls that take a connection each. @param others paths of rpcs that do not */
  static ofConnections(
    connectionsMax: number,
    others: readonly string[] = [],
  ): HubTurnsInterceptor {
    const atOnceMax = Math.max(1, Math.floor(connectionsShare * connectionsMax));
    const isOther = new Set(others);
    return new HubTurnsInterceptor(atOnceMax, (path) => !isOther.has(path));
  }

  /** For calls that share connections, so many of each hub at once. @param paths of their rpcs */
  static ofCalls(paths: readonly string[], atOnceMax: number): HubTurnsInterceptor {
    const isOne = new Set(paths);
    return new HubTurnsInterceptor(atOnceMax, (path) => isOne.has(path));
  }

  async intercept(call: RpcCall, next: () => Promise<unknown>): Promise<unknown> {
    const hub = hubOf(call.request);
    return hub === undefined || !this.takesTurns(call.getPath())
      ? next()
      : this.#turns.inTurn(hub, next);
  }
}

function hubOf({ hub, name, subject, recipient, device }: AboutHub): string | undefined {
  const named =
    typeof hub === 'object'
      ? hub.name
      : (hub ?? name ?? subject?.hub ?? recipient?.hub ?? device?.hub);
  return named?.toLowerCase();
}
