import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '@linchpin/wire';
import type { Redis } from '@linchpin/platform/redis';
import { identityKey } from '../domain/device-session.js';
import type { EndCause } from '../domain/end-cause.js';
import type { HeldIdentity, Presence, PresenceClaim, PresenceGrant } from '../domain/presence.js';
import type { PresenceKeys } from './presence-keys.js';
import {
  claimScript,
  forgetScript,
  reclaimScript,
  releaseScript,
  subscribeScript,
  unsubscribeScript,
} from './presence-scripts.js';

interface RedisPresenceOptions {
  readonly redis: Redis;
  readonly keys: PresenceKeys;
  readonly gatewayId: string;
}

const releaseRetryMs = 1_000;

/** Presence and kept subscriptions in Redis, changed by atomic scripts alone. */
export class RedisPresence implements Presence {
  /** Releases that Redis has not answered yet. */
  readonly #releasing = new Set<Promise<void>>();
  #isStopped = false;

  constructor(private readonly options: RedisPresenceOptions) {}

  async claim(claim: PresenceClaim): Promise<PresenceGrant> {
    const { redis, keys, gatewayId } = this.options;
    const name = identityKey(claim.hub, claim.identity);
    const reply = (await orUnavailable(
      claimScript.run(
        redis,
        [keys.presence(name), keys.session(name), keys.events, keys.dataset, keys.gateways],
        [
          name,
          claim.generationId,
          gatewayId,
          claim.connectionId,
          claim.cleanSession ? 1 : 0,
          Date.now(),
          keys.prefix,
        ],
      ),
    )) as [string, string, string, number, ...string[]];
    const [formerGateway, formerAddress, formerConnection, sessionPresent, ...filters] = reply;
    return {
      former:
        formerGateway === ''
          ? undefined
          : {
              gatewayId: formerGateway,
              address: formerAddress === '' ? undefined : formerAddress,
              connectionId: formerConnection,
            },
      sessionPresent: sessionPresent === 1,
      subscriptions: toSubscriptions(filters),
    };
  }

  release(held: HeldIdentity, cause: EndCause, keepSession: boolean): void {
    const release = this.#releaseUntilAnswered(held, cause, keepSession);
    this.#releasing.add(release);
    void release.finally(() => this.#releasing.delete(release));
  }

  /**
   * Takes back a hold that was swept or lost with Redis's data.
   *
   * @returns false when another connection has the identity
   */
  async reclaim(held: HeldIdentity): Promise<boolean> {
    const { redis, keys, gatewayId } = this.options;
    const name = identityKey(held.hub, held.identity);
    const reclaimed = await reclaimScript.run(
      redis,
      [keys.presence(name), keys.events, keys.dataset, keys.held(gatewayId)],
      [name, held.generationId, gatewayId, held.connectionId, Date.now()],
    );
    return reclaimed === 1;
  }

  async subscribe(held: HeldIdentity, filters: ReadonlyMap<string, number>): Promise<void> {
    const { redis, keys } = this.options;
    const session = keys.session(identityKey(held.hub, held.identity));
    const parameters = [...filters].flat();
    await orUnavailable(subscribeScript.run(redis, [session], [held.generationId, ...parameters]));
  }

  async unsubscribe(held: HeldIdentity, filters: readonly string[]): Promise<void> {
    const { redis, keys } = this.options;
    const session = keys.session(identityKey(held.hub, held.identity));
    await orUnavailable(unsubscribeScript.run(redis, [session], [held.generationId, ...filters]));
  }

  /** Removes what is kept of an identity that was deleted. */
  async forget(
    hub: string,
    identity: HeldIdentity['identity'],
    generationId: string,
  ): Promise<void> {
    const { redis, keys } = this.options;
    const name = identityKey(hub, identity);
    await forgetScript.run(redis, [keys.presence(name), keys.session(name)], [generationId]);
  }

  /** Resolves when no release is under way any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#releasing);
  }

  /** Gives up on what Redis has not answered: the sweep of another gateway ends it. */
  stop(): void {
    this.#isStopped = true;
  }

  async #releaseUntilAnswered(
    held: HeldIdentity,
    cause: EndCause,
    keepSession: boolean,
  ): Promise<void> {
    const { redis, keys, gatewayId } = this.options;
    const name = identityKey(held.hub, held.identity);
    const endedAt = Date.now();
    while (!this.#isStopped) {
      try {
        await releaseScript.run(
          redis,
          [
            keys.presence(name),
            keys.session(name),
            keys.events,
            keys.dataset,
            keys.held(gatewayId),
          ],
          [name, gatewayId, held.connectionId, cause, keepSession ? 1 : 0, endedAt],
        );
        return;
      } catch {
        await delay(releaseRetryMs, undefined, { ref: false });
      }
    }
  }
}

function toSubscriptions(filters: readonly string[]): ReadonlyMap<string, number> {
  const subscriptions = new Map<string, number>();
  for (let index = 0; index + 1 < filters.length; index += 2) {
    subscriptions.set(filters[index] ?? '', Number(filters[index + 1]));
  }
  return subscriptions;
}

async function orUnavailable<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    throw new HubError('ServiceUnavailable', 'The presence store does not answer; try again.', {
      cause: error,
    });
  }
}
