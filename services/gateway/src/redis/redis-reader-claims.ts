import { commandTimeoutMs, timeMsOf, type Redis } from '@linchpin/platform/redis';
import { presenceAnswer, type PresenceKeys } from '@linchpin/presence';
import {
  ReaderStoreAway,
  sharingReadersMax,
  type EventReader,
  type FormerReader,
  type ReaderAnswer,
  type ReaderClaims,
  type ReaderPlace,
} from '../domain/reader-claims.js';
import { claimReaderScript, keepReaderScript } from './reader-scripts.js';

/** Much longer than from one `keep` to the next. */
const ttlMs = 600_000;

/** Claims of readers in Redis, each one atomic step (`reader-scripts.ts`). */
export class RedisReaderClaims implements ReaderClaims {
  constructor(
    private readonly redis: Redis,
    private readonly keys: PresenceKeys,
    private readonly gatewayId: string,
  ) {}

  /**
   * One that Redis comes to late, after a stall or sent again on another connection, would take the place from a reader
   * that lives.
   */
  async claim(place: ReaderPlace, reader: EventReader): Promise<ReaderAnswer> {
    const keys = [this.#keyOf(place), this.keys.gateways];
    const reply = await this.#ask(async (redis) => {
      const deadline = Math.floor(await timeMsOf(redis)) + commandTimeoutMs;
      return claimReaderScript.run(redis, keys, [...this.#parameters(reader), deadline]);
    });
    const [kind, ...rest] = reply as string[];
    switch (kind) {
      case 'taken':
        return { kind, former: readFormer(rest) };
      case 'epoch-exists': {
        const [name = '', epoch = '0'] = rest;
        return { kind, name, epoch: BigInt(epoch) };
      }
      default:
        return { kind: 'too-many' };
    }
  }

  async keep(place: ReaderPlace, reader: EventReader): Promise<boolean> {
    const keys = [this.#keyOf(place), this.keys.gateways];
    const kept = await this.#ask((redis) =>
      keepReaderScript.run(redis, keys, this.#parameters(reader)),
    );
    return kept === 1;
  }

  async release(place: ReaderPlace, readerId: string): Promise<void> {
    await this.#ask((redis) => redis.hdel(this.#keyOf(place), readerId));
  }

  /** While Redis is away nothing is sent: it would be carried out on its return, though the reader may have left. */
  async #ask<Answer>(work: (redis: Redis) => Promise<Answer>): Promise<Answer> {
    if (this.redis.status !== 'ready') {
      throw new ReaderStoreAway();
    }
    return presenceAnswer(work(this.redis));
  }

  #keyOf({ hub, hubGeneration, partition, consumerGroup }: ReaderPlace): string {
    const place = [hub, hubGeneration, partition, consumerGroup].join('/').toLowerCase();
    return `${this.keys.prefix}readers:${place}`;
  }

  #parameters({ id, name, epoch }: EventReader): (string | number)[] {
    return [id, this.gatewayId, epoch?.toString() ?? '', name, ttlMs, sharingReadersMax];
  }
}

function readFormer(fields: readonly string[]): FormerReader[] {
  const former: FormerReader[] = [];
  for (let index = 0; index < fields.length; index += 3) {
    const [id = '', gatewayId = '', address = ''] = fields.slice(index, index + 3);
    former.push({ id, gatewayId, address: address === '' ? undefined : address });
  }
  return former;
}
