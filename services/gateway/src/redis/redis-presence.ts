import { setTimeout as delay } from 'node:timers/promises';
import { formatHubId, HubError, identityKey, type EndCause, type HubId } from '@linchpin/wire';
import { commandTimeoutMs, whenReady, type Redis } from '@linchpin/platform/redis';
import { presenceAnswer, type PresenceKeys } from '@linchpin/presence';
import {
  PresenceAway,
  type FormerHolder,
  type HeldIdentity,
  type Presence,
  type PresenceClaim,
  type PresenceGrant,
  type Reclaimed,
} from '../domain/presence.js';
import {
  claimScript,
  forgetScript,
  reclaimScript,
  releaseScript,
  subscribeScript,
  unsubscribeScript,
} from './presence-scripts.js';
import { formatSequenceNumber } from './sequence-number.js';

interface RedisPresenceOptions {
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly gatewayId: string;
  /** A change that must be made waits for Redis. */
  readonly onRetry: (error: unknown) => void;
  /** A change that had to be sent again was taken. */
  readonly onRetried: () => void;
}

const retryMs = 1_000;
/** Longer than a Redis that stood still takes to come to what it was given before. */
const withdrawnMs = 60_000;
/** Holds that are looked at together. */
const scanBatch = 500;

/** Presence and kept subscriptions in Redis, changed by atomic scripts alone. */
export class RedisPresence implements Presence {
  /** Changes that must be made, and that Redis has not answered for yet. */
  readonly #pending = new Set<Promise<unknown>>();
  /** Resolves when Redis has answered for each of them that there was so far. */
  #latest: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RedisPresenceOptions) {}

  async claim(claim: PresenceClaim): Promise<PresenceGrant> {
    const { redis, keys, gatewayId } = this.options;
    const name = nameOf(claim);
    const { presence, session } = this.#keysOf(name);
    const clean = claim.cleanSession ? 1 : 0;
    await this.#whenReadySoon();
    const reply = (await presenceAnswer(
      claimScript.run(
        redis,
        [
          ...[presence, session, keys.events, keys.dataset, keys.gateways],
          keys.withdrawn(claim.connectionId),
        ],
        [
          ...[name, claim.generationId, gatewayId, claim.connectionId],
          ...[clean, Date.now(), keys.prefix, claim.hubGeneration, claim.modelId ?? ''],
        ],
      ),
    )) as ClaimReply | null;
    if (reply === null) {
      throw new HubError('ServiceUnavailable', 'The claim was withdrawn.');
    }
    const [gateway, address, connection, since = '', sessionPresent, ...filters] = reply;
    if (gateway === undefined) {
      throw new HubError('DeviceNotFound', 'The identity was created anew.');
    }
    return {
      former: toFormerHolder([gateway, address, connection]),
      sequence: toSequence(claim, since),
      sessionPresent: sessionPresent === 1,
      subscriptions: toSubscriptions(filters),
    };
  }

  withdraw(held: HeldIdentity, keepSession: boolean): Promise<FormerHolder | undefined> {
    const end: HoldEnd = { cause: 'connection-lost', keepSession, endedAt: Date.now() };
    return this.#untilAnswered(async () => {
      const { redis, keys } = this.options;
      // What a connection to Redis was given before it broke may come behind what the next one is given.
      await redis.set(keys.withdrawn(held.connectionId), '1', 'PX', withdrawnMs);
      return this.#runRelease(nameOf(held), held.connectionId, end);
    });
  }

  release(held: HeldIdentity, cause: EndCause, keepSession: boolean): void {
    const end = { cause, keepSession, endedAt: Date.now() };
    void this.#untilAnswered(() => this.#runRelease(nameOf(held), held.connectionId, end));
  }

  async reclaim(held: HeldIdentity): Promise<Reclaimed> {
    const { redis, keys, gatewayId } = this.options;
    const name = nameOf(held);
    const { presence } = this.#keysOf(name);
    const reclaimed = (await presenceAnswer(
      reclaimScript.run(
        redis,
        [presence, keys.events, keys.dataset, keys.held(gatewayId)],
        [
          ...[name, held.generationId, gatewayId, held.connectionId],
          ...[Date.now(), held.hubGeneration, held.modelId ?? ''],
        ],
      ),
    )) as Reclaimed;
    return reclaimed;
  }

  async releaseUnknown(isKnown: (connectionId: string) => boolean): Promise<void> {
    const { redis, keys, gatewayId } = this.options;
    let cursor = '0';
    do {
      const [next, names] = await presenceAnswer(
        redis.sscan(keys.held(gatewayId), cursor, 'COUNT', scanBatch),
      );
      cursor = next;
      await Promise.all(names.map((name) => this.#releaseIfUnknown(name, isKnown)));
    } while (cursor !== '0');
  }

  async subscribe(held: HeldIdentity, filters: ReadonlyMap<string, number>): Promise<void> {
    const { session } = this.#keysOf(nameOf(held));
    const parameters = [held.generationId, ...[...filters].flat()];
    await presenceAnswer(subscribeScript.run(this.options.redis, [session], parameters));
  }

  async unsubscribe(held: HeldIdentity, filters: readonly string[]): Promise<void> {
    const { session } = this.#keysOf(nameOf(held));
    const parameters = [held.generationId, ...filters];
    await presenceAnswer(unsubscribeScript.run(this.options.redis, [session], parameters));
  }

  announce(held: HeldIdentity): void {
    const { redis, keys } = this.options;
    if (redis.status === 'ready') {
      redis.publish(keys.arrivals(nameOf(held)), '').catch(() => undefined);
    }
  }

  /** Removes what is kept of an identity that was deleted, once what this gateway held is released. */
  forget(hub: string, identity: HeldIdentity['identity'], generationId: string): Promise<void> {
    const { redis, keys } = this.options;
    const name = identityKey(hub, identity);
    const { presence, session } = this.#keysOf(name);
    const earlier = this.#latest;
    return this.#untilAnswered(async () => {
      await earlier;
      const parameters = [name, generationId, identity.moduleId ?? '', keys.prefix];
      const modules = keys.modules(identityKey(hub, { ...identity, moduleId: undefined }));
      await forgetScript.run(redis, [presence, session, modules], parameters);
    });
  }

  /** What is kept of the identities of a deleted hub may go: `DeletedHubs` removes it. */
  async forgetHub(hub: HubId): Promise<void> {
    const { redis, keys } = this.options;
    await this.#untilAnswered(() => redis.sadd(keys.deletedHubs, formatHubId(hub)));
  }

  /** Resolves when Redis has answered for every change that must be made. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #runRelease(
    name: string,
    connectionId: string,
    { cause, keepSession, endedAt }: HoldEnd,
  ): Promise<FormerHolder | undefined> {
    const { redis, keys, gatewayId } = this.options;
    const { presence, session } = this.#keysOf(name);
    const reply = (await releaseScript.run(
      redis,
      [presence, session, keys.events, keys.dataset, keys.held(gatewayId), keys.gateways],
      [name, gatewayId, connectionId, cause, keepSession ? 1 : 0, endedAt],
    )) as FormerReply;
    return toFormerHolder(reply);
  }

  async #releaseIfUnknown(name: string, isKnown: (connectionId: string) => boolean): Promise<void> {
    const { redis, keys, gatewayId } = this.options;
    const [gateway, connectionId] = await presenceAnswer(
      redis.hmget(keys.presence(name), 'gateway', 'connection'),
    );
    if (gateway !== gatewayId || connectionId == null || isKnown(connectionId)) {
      return;
    }
    const end: HoldEnd = { cause: 'connection-lost', keepSession: true, endedAt: Date.now() };
    await presenceAnswer(this.#runRelease(name, connectionId, end));
  }

  /** @throws PresenceAway when Redis stays away for longer than a command may take */
  async #whenReadySoon(): Promise<void> {
    const { redis } = this.options;
    if (redis.status === 'ready') {
      return;
    }
    const wait = new AbortController();
    const givenUp = delay(commandTimeoutMs, 'away', { ref: false, signal: wait.signal });
    const outcome = await Promise.race([whenReady(redis), givenUp.catch(() => undefined)]);
    wait.abort();
    if (outcome === 'away') {
      throw new PresenceAway('ServiceUnavailable', 'The presence store is away; try again.');
    }
  }

  #keysOf(name: string): { readonly presence: string; readonly session: string } {
    const { keys } = this.options;
    return { presence: keys.presence(name), session: keys.session(name) };
  }

  async #untilAnswered<Answer>(change: () => Promise<Answer>): Promise<Answer> {
    const pending = this.#retry(change);
    this.#pending.add(pending);
    this.#latest = Promise.all([this.#latest, pending]).then(() => undefined);
    try {
      return await pending;
    } finally {
      this.#pending.delete(pending);
    }
  }

  /** While Redis is away nothing is sent: it would be carried out each time that it was tried. */
  async #retry<Answer>(change: () => Promise<Answer>): Promise<Answer> {
    let hadFailed = false;
    for (;;) {
      await whenReady(this.options.redis);
      try {
        const answer = await change();
        if (hadFailed) {
          this.options.onRetried();
        }
        return answer;
      } catch (error) {
        hadFailed = true;
        this.options.onRetry(error);
        await delay(retryMs, undefined, { ref: false });
      }
    }
  }
}

interface HoldEnd {
  readonly cause: EndCause;
  readonly keepSession: boolean;
  /** ms since 1970. */
  readonly endedAt: number;
}

function nameOf({ hub, identity }: HeldIdentity): string {
  return identityKey(hub, identity);
}

type FormerReply = readonly [
  gateway?: string | undefined,
  address?: string | undefined,
  connection?: string | undefined,
];
type ClaimReply = readonly [
  gateway?: string,
  address?: string,
  connection?: string,
  since?: string,
  sessionPresent?: number,
  ...filters: string[],
];

function toFormerHolder([gatewayId = '', address = '', connectionId = '']: FormerReply):
  FormerHolder | undefined {
  return gatewayId === ''
    ? undefined
    : { gatewayId, address: address === '' ? undefined : address, connectionId };
}

function toSequence({ generationId }: HeldIdentity, since: string): string {
  const [epoch = '', counter = ''] = since.split('/');
  return formatSequenceNumber(generationId, epoch, counter);
}

function toSubscriptions(filters: readonly string[]): ReadonlyMap<string, number> {
  const subscriptions = new Map<string, number>();
  for (let index = 0; index + 1 < filters.length; index += 2) {
    subscriptions.set(filters[index] ?? '', Number(filters[index + 1]));
  }
  return subscriptions;
}
