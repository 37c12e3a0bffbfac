import { setImmediate as turn } from 'node:timers/promises';
import { HubError, identityKey, parseIdentityId, type EndCause } from '@linchpin/wire';
import type {
  FormerHolder,
  HeldIdentity,
  Presence,
  PresenceClaim,
  PresenceGrant,
  Reclaimed,
} from './presence.js';
import type { ConnectionStateEvent } from './relay-connection-events.js';

interface Place {
  generationId: string;
  counter: number;
  /** Of the last holder. */
  modelId: string | undefined;
  holder: FormerHolder | undefined;
  /** Of the last deviceConnected. */
  sequence: string;
  /** Whom the holder pushed out. */
  former: FormerHolder | undefined;
}

interface KeptSession {
  readonly generationId: string;
  readonly subscriptions: Map<string, number>;
}

/** What all gateways share, in memory. */
export class FakePresenceStore {
  readonly events: ConnectionStateEvent[] = [];
  readonly places = new Map<string, Place>();
  readonly sessions = new Map<string, KeptSession>();
  /** Connections. */
  readonly withdrawn = new Set<string>();
  /** The identities that direct methods reach, each time that it was told. */
  readonly announced: string[] = [];
  /** While it does not answer, claims fail and releases wait. */
  isAway = false;

  gateway(gatewayId: string): FakePresence {
    return new FakePresence(this, gatewayId);
  }
}

/** Presence as one gateway has it. */
class FakePresence implements Presence {
  constructor(
    private readonly store: FakePresenceStore,
    private readonly gatewayId: string,
  ) {}

  async claim(claim: PresenceClaim): Promise<PresenceGrant> {
    await this.#answer();
    if (this.store.withdrawn.has(claim.connectionId)) {
      throw new HubError('ServiceUnavailable', 'The claim was withdrawn.');
    }
    const key = keyOf(claim);
    const place = this.store.places.get(key);
    if (place !== undefined && BigInt(place.generationId) > BigInt(claim.generationId)) {
      throw new HubError('DeviceNotFound', 'The identity was created anew.');
    }
    const isRepeated = place?.holder?.connectionId === claim.connectionId;
    const former = isRepeated ? place.former : place?.holder;
    if (!isRepeated && place?.holder !== undefined) {
      this.#write(key, place, 'deviceDisconnected', 'takeover');
    }
    const { sequence } = isRepeated ? place : this.#hold(claim, former);
    const session = this.store.sessions.get(key);
    const sessionPresent = !claim.cleanSession && session?.generationId === claim.generationId;
    if (!sessionPresent) {
      this.store.sessions.delete(key);
    }
    if (!claim.cleanSession && !sessionPresent) {
      const { generationId } = claim;
      this.store.sessions.set(key, { generationId, subscriptions: new Map() });
    }
    const subscriptions = new Map(sessionPresent ? session.subscriptions : []);
    return { former, sequence, sessionPresent, subscriptions };
  }

  async withdraw(held: HeldIdentity, keepSession: boolean): Promise<FormerHolder | undefined> {
    this.store.withdrawn.add(held.connectionId);
    return this.#release(held, 'connection-lost', keepSession);
  }

  release(held: HeldIdentity, cause: EndCause, keepSession: boolean): void {
    void this.#release(held, cause, keepSession);
  }

  async reclaim(held: HeldIdentity): Promise<Reclaimed> {
    await this.#answer();
    const place = this.store.places.get(keyOf(held));
    if (place?.holder !== undefined) {
      return place.holder.connectionId === held.connectionId ? 'kept' : 'lost';
    }
    if (place !== undefined && BigInt(place.generationId) > BigInt(held.generationId)) {
      return 'lost';
    }
    this.#hold(held, undefined);
    return 'restored';
  }

  async releaseUnknown(isKnown: (connectionId: string) => boolean): Promise<void> {
    await this.#answer();
    for (const [key, place] of this.store.places) {
      const { holder } = place;
      if (holder?.gatewayId === this.gatewayId && !isKnown(holder.connectionId)) {
        place.holder = undefined;
        this.#write(key, place, 'deviceDisconnected', 'connection-lost');
      }
    }
  }

  async subscribe(held: HeldIdentity, filters: ReadonlyMap<string, number>): Promise<void> {
    await this.#answer();
    const session = this.#sessionOf(held);
    for (const [filter, qos] of filters) {
      session?.subscriptions.set(filter, qos);
    }
  }

  async unsubscribe(held: HeldIdentity, filters: readonly string[]): Promise<void> {
    await this.#answer();
    const session = this.#sessionOf(held);
    for (const filter of filters) {
      session?.subscriptions.delete(filter);
    }
  }

  announce(held: HeldIdentity): void {
    this.store.announced.push(keyOf(held));
  }

  #hold(held: HeldIdentity, former: FormerHolder | undefined): Place {
    const key = keyOf(held);
    const place = this.#write(key, held, 'deviceConnected', 'connect');
    const { connectionId } = held;
    place.holder = { gatewayId: this.gatewayId, address: this.gatewayId, connectionId };
    place.former = former;
    place.modelId = held.modelId;
    place.sequence = this.store.events.at(-1)?.sequenceNumber ?? '';
    return place;
  }

  async #release(
    held: HeldIdentity,
    cause: EndCause,
    keepSession: boolean,
  ): Promise<FormerHolder | undefined> {
    await turn();
    while (this.store.isAway) {
      await turn();
    }
    const key = keyOf(held);
    const place = this.store.places.get(key);
    if (place?.holder?.connectionId !== held.connectionId) {
      return undefined;
    }
    place.holder = undefined;
    this.#write(key, place, 'deviceDisconnected', cause);
    if (!keepSession) {
      this.store.sessions.delete(key);
    }
    return place.former;
  }

  #write(
    key: string,
    { generationId, modelId }: Pick<HeldIdentity, 'generationId' | 'modelId'>,
    type: ConnectionStateEvent['type'],
    cause: ConnectionStateEvent['cause'],
  ): Place {
    let place = this.store.places.get(key);
    if (place?.generationId !== generationId) {
      const nobody = { holder: undefined, former: undefined, sequence: '' };
      place = { generationId, counter: 0, modelId, ...nobody };
      this.store.places.set(key, place);
    }
    place.counter += 1;
    const slash = key.indexOf('/');
    this.store.events.push({
      hub: key.slice(0, slash),
      identity: parseIdentityId(key.slice(slash + 1)),
      generationId,
      type,
      cause,
      modelId,
      occurredAt: new Date(),
      sequenceNumber: `${generationId}${String(place.counter).padStart(46, '0')}`,
    });
    return place;
  }

  #sessionOf(held: HeldIdentity): KeptSession | undefined {
    const session = this.store.sessions.get(keyOf(held));
    return session?.generationId === held.generationId ? session : undefined;
  }

  async #answer(): Promise<void> {
    await turn();
    if (this.store.isAway) {
      throw new HubError('ServiceUnavailable', 'The presence store does not answer; try again.');
    }
  }
}

function keyOf({ hub, identity }: HeldIdentity): string {
  return identityKey(hub, identity);
}
