import type { Redis } from 'ioredis';
import { LuaScript } from '../redis/lua-script.js';
import { commandTimeoutMs, timeMsOf } from '../redis/redis.js';
import type { BudgetStore, Lease, LeaseRequest } from './budget-store.js';

/** A process that has not asked for so long wants nothing any more. */
const freshMs = 3_000;
/** What never refills is of a day, and asked for on the next one, perhaps. */
const quotaKeptMs = 48 * 3_600_000;

/**
 * KEYS budget: hash of level (what is spent and has not come back), at (ms), and for each process
 *   `p:{process}` → units for which it waits, and when it asked
 * ARGV process, capacity, units a second, want, waiting, returned, ms to keep, ms that a wish is fresh,
 *   deadline
 *
 * Returns the time, granted, left, waiting elsewhere, processes; the time alone after the deadline, for then
 * nobody waits for the answer any more and asks again instead. While others wait, each gets the share of what is
 * there that its wish has among all wishes, and at least one unit: whoever asks first cannot take all.
 * The clock is Redis's own, or those of the processes would have to agree.
 */
const leaseScript = new LuaScript(`
local budget, process = KEYS[1], ARGV[1]
local capacity, perSecond = tonumber(ARGV[2]), tonumber(ARGV[3])
local want, waiting, returned = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local keptMs, freshMs, deadline = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > deadline then
  return { now }
end
local level, at, elsewhere, processes = 0, now, 0, 1
local fields = redis.call('HGETALL', budget)
for index = 1, #fields, 2 do
  local name, value = fields[index], fields[index + 1]
  if name == 'level' then
    level = tonumber(value)
  elseif name == 'at' then
    at = tonumber(value)
  elseif name ~= 'p:' .. process then
    local units, asked = string.match(value, '^(%d+) (%d+)$')
    -- Ahead of the clock by so much is a wish from before it was set back.
    if math.abs(now - asked) > freshMs then
      redis.call('HDEL', budget, name)
    else
      elsewhere = elsewhere + units
      processes = processes + 1
    end
  end
end
level = math.max(0, level - math.max(0, now - at) * perSecond / 1000 - returned)
if perSecond > 0 then
  -- What was spent without a lease, or under a higher limit, makes nobody wait longer than for a refill.
  level = math.min(level, capacity)
end
local free = math.max(0, math.floor(capacity - level))
local granted = math.min(want, free)
if elsewhere > 0 and want > 0 then
  granted = math.min(granted, math.max(1, math.floor(free * want / (want + elsewhere))))
end
redis.call('HSET', budget, 'level', string.format('%.3f', level + granted), 'at', now,
  'p:' .. process, string.format('%d %d', math.max(0, waiting - granted), now))
redis.call('PEXPIRE', budget, keptMs)
return { now, granted, free - granted, elsewhere, processes }
`);

type LeaseReply =
  | readonly [now: number]
  | readonly [now: number, granted: number, free: number, elsewhere: number, processes: number];

/** Budgets in Redis, each one key. */
export class RedisBudgetStore implements BudgetStore {
  /** By how much the clock of Redis is ahead of ours; known from the first answer on. */
  #aheadMs: number | undefined;

  /** @param prefix keeps deployments that share a Redis apart */
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** @throws Error when there is no answer in time; then nothing was done, unless the answer got lost */
  async lease({ budget, terms, process, ...units }: LeaseRequest): Promise<Lease> {
    const { capacity, perSecond } = terms;
    const { want, waiting, returned } = units;
    const deadline = Math.floor((await this.#timeOfRedis()) + commandTimeoutMs);
    const reply = (await leaseScript.run(
      this.redis,
      [this.#key(budget)],
      [process, capacity, perSecond, want, waiting, returned, keptMs(terms), freshMs, deadline],
    )) as LeaseReply;
    this.#aheadMs = reply[0] - performance.now();
    if (reply.length === 1) {
      throw new Error('Redis came to a lease too late');
    }
    const [, granted, free, waitingElsewhere, processes] = reply;
    return { granted, free, waitingElsewhere, processes };
  }

  async spent(budget: string): Promise<number> {
    return Math.ceil(Number((await this.redis.hget(this.#key(budget), 'level')) ?? 0));
  }

  async #timeOfRedis(): Promise<number> {
    if (this.#aheadMs === undefined) {
      this.#aheadMs = (await timeMsOf(this.redis)) - performance.now();
    }
    return performance.now() + this.#aheadMs;
  }

  #key(budget: string): string {
    return `${this.prefix}budget:${budget}`;
  }
}

/** How long a budget must be remembered that nobody touches: until it is full again, if it ever is. */
function keptMs({ capacity, perSecond }: LeaseRequest['terms']): number {
  return perSecond === 0 ? quotaKeptMs : Math.ceil((1_000 * capacity) / perSecond) + freshMs;
}
