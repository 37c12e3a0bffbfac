import { LuaScript, type Redis } from '@linchpin/platform/redis';

/** KEYS lease; ARGV owner, lease (ms). Takes the lease, or renews one's own. */
const acquireScript = new LuaScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/** KEYS lease; ARGV owner. Gives one's own lease up. */
const releaseScript = new LuaScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
`);

interface RedisLeaseOptions {
  readonly key: string;
  readonly owner: string;
  /** For so long it is its owner's, who may be gone. */
  readonly leaseMs: number;
}

/** The turn to do what one process at a time does. */
export class RedisLease {
  constructor(
    private readonly redis: Redis,
    private readonly options: RedisLeaseOptions,
  ) {}

  /** Takes it, or keeps it for longer; false while it is another's. */
  async acquire(): Promise<boolean> {
    const { key, owner, leaseMs } = this.options;
    return (await acquireScript.run(this.redis, [key], [owner, leaseMs])) === 1;
  }

  /** Another may have it from now on. */
  async release(): Promise<void> {
    const { key, owner } = this.options;
    await releaseScript.run(this.redis, [key], [owner]);
  }
}
