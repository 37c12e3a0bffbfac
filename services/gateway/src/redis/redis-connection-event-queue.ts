import { parseIdentityId } from '@linchpin/wire';
import type { Redis } from '@linchpin/platform/redis';
import type { PresenceKeys } from '@linchpin/presence';
import type {
  ConnectionStateEvent,
  ConnectionEventQueue,
} from '../domain/relay-connection-events.js';
import { RedisLease } from './redis-lease.js';
import { formatSequenceNumber } from './sequence-number.js';

const leaseMs = 10_000;
const batchSize = 500;

/** The stream that the presence scripts write. */
export class RedisConnectionEventQueue implements ConnectionEventQueue {
  readonly #lease: RedisLease;

  constructor(
    private readonly redis: Redis,
    private readonly keys: PresenceKeys,
    gatewayId: string,
  ) {
    this.#lease = new RedisLease(redis, { key: keys.relayLease, owner: gatewayId, leaseMs });
  }

  acquire(): Promise<boolean> {
    return this.#lease.acquire();
  }

  async read(): Promise<readonly { id: string; event: ConnectionStateEvent }[]> {
    const entries = await this.redis.xrange(this.keys.events, '-', '+', 'COUNT', batchSize);
    return entries.map(([id, fields]) => ({ id, event: toEvent(fields) }));
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.redis.xdel(this.keys.events, ...ids);
  }

  release(): Promise<void> {
    return this.#lease.release();
  }
}

function toEvent(fields: readonly string[]): ConnectionStateEvent {
  const values = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    values.set(fields[index] ?? '', fields[index + 1] ?? '');
  }
  const get = (name: string): string => values.get(name) ?? '';
  const [name, modelId] = [get('identity'), get('model')];
  const slash = name.indexOf('/');
  return {
    hub: name.slice(0, slash),
    identity: parseIdentityId(name.slice(slash + 1)),
    generationId: get('generation'),
    type: get('type') as ConnectionStateEvent['type'],
    cause: get('cause') as ConnectionStateEvent['cause'],
    modelId: modelId === '' ? undefined : modelId,
    occurredAt: new Date(Number(get('time'))),
    sequenceNumber: formatSequenceNumber(get('generation'), get('epoch'), get('counter')),
  };
}
