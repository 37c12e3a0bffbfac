import { LuaScript } from '@linchpin/platform/redis';

/**
 * The scripts that change who holds an identity. Each is one atomic step, which also writes the
 * connection-state events of the change to the stream that the relay empties into Kafka: no change
 * without its event, even when the gateway dies in between.
 *
 * Keys (all with the deployment's prefix):
 *   presence:{hub/device[/module]}  hash: generation, counter, and while held gateway, connection
 *   session:{hub/device[/module]}   hash: generation, and 'f:' + topic filter → QoS
 *   held:{gateway}                  set of the identities that the gateway holds
 *   gateways                        hash: gateway → address, of those that run or must be swept
 *   lease:{gateway}                 exists while the gateway renews it
 *   dataset                         hash: run, epoch (see `registerGateway`)
 *   connection-events               stream
 *
 * Sequence numbers (events-monitoring.md section 1.3): the identity's counter rises with each event;
 * the epoch rises with each new life of the data set, so that numbers keep rising even when Redis
 * lost its last second or everything; the generation, which the relay puts in front, rises when the
 * identity is created anew.
 */

const shared = `
local function nextCounter(presence, generation)
  if redis.call('HGET', presence, 'generation') ~= generation then
    redis.call('DEL', presence)
    redis.call('HSET', presence, 'generation', generation)
  end
  return redis.call('HINCRBY', presence, 'counter', 1)
end

local function writeEvent(events, dataset, identity, generation, counter, kind, cause, now)
  redis.call('XADD', events, '*', 'identity', identity, 'generation', generation,
    'epoch', redis.call('HGET', dataset, 'epoch') or redis.call('TIME')[1], 'counter', counter,
    'type', kind, 'cause', cause, 'time', now)
end
`;

/**
 * KEYS presence, session, events, dataset, gateways
 * ARGV identity, generation, gateway, connection, cleanSession (1|0), now (ms), key prefix
 * Returns former gateway, its address, its connection ('' when there is none), whether a session was
 * present, then filter and QoS in turn.
 */
export const claimScript = new LuaScript(`${shared}
local presence, session, events, dataset, gateways = unpack(KEYS)
local identity, generation, gateway, connection, clean, now, prefix = unpack(ARGV)
local former = redis.call('HMGET', presence, 'gateway', 'connection', 'generation')
local formerGateway, formerConnection = former[1] or '', former[2] or ''
if formerGateway ~= '' then
  local counter = nextCounter(presence, former[3])
  writeEvent(events, dataset, identity, former[3], counter, 'deviceDisconnected', 'takeover', now)
  redis.call('SREM', prefix .. 'held:' .. formerGateway, identity)
end
local counter = nextCounter(presence, generation)
redis.call('HSET', presence, 'gateway', gateway, 'connection', connection)
redis.call('SADD', prefix .. 'held:' .. gateway, identity)
writeEvent(events, dataset, identity, generation, counter, 'deviceConnected', 'connect', now)

local reply = { formerGateway, redis.call('HGET', gateways, formerGateway) or '', formerConnection, 0 }
if clean == '1' or redis.call('HGET', session, 'generation') ~= generation then
  redis.call('DEL', session)
else
  reply[4] = 1
  local fields = redis.call('HGETALL', session)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 'f:' then
      table.insert(reply, string.sub(fields[i], 3))
      table.insert(reply, fields[i + 1])
    end
  end
end
if clean == '0' then
  redis.call('HSET', session, 'generation', generation)
end
return reply
`);

/**
 * KEYS presence, session, events, dataset, held
 * ARGV identity, gateway, connection, cause, keepSession (1|0), now (ms)
 * Returns 1 when the connection held the identity until now.
 */
export const releaseScript = new LuaScript(`${shared}
local presence, session, events, dataset, held = unpack(KEYS)
local identity, gateway, connection, cause, keep, now = unpack(ARGV)
local holder = redis.call('HMGET', presence, 'gateway', 'connection', 'generation')
if holder[1] ~= gateway or holder[2] ~= connection then
  return 0
end
redis.call('HDEL', presence, 'gateway', 'connection')
redis.call('SREM', held, identity)
local counter = nextCounter(presence, holder[3])
writeEvent(events, dataset, identity, holder[3], counter, 'deviceDisconnected', cause, now)
if keep == '0' then
  redis.call('DEL', session)
end
return 1
`);

/**
 * Takes an identity back that the gateway held before its entry was swept or lost, unless another
 * connection has it.
 * KEYS presence, events, dataset, held
 * ARGV identity, generation, gateway, connection, now (ms)
 * Returns 1 when the connection holds the identity.
 */
export const reclaimScript = new LuaScript(`${shared}
local presence, events, dataset, held = unpack(KEYS)
local identity, generation, gateway, connection, now = unpack(ARGV)
local holder = redis.call('HMGET', presence, 'gateway', 'connection')
if holder[1] == gateway and holder[2] == connection then
  redis.call('SADD', held, identity)
  return 1
end
if holder[1] then
  return 0
end
local counter = nextCounter(presence, generation)
redis.call('HSET', presence, 'gateway', gateway, 'connection', connection)
redis.call('SADD', held, identity)
writeEvent(events, dataset, identity, generation, counter, 'deviceConnected', 'connect', now)
return 1
`);

/**
 * KEYS session; ARGV generation, then filter and QoS in turn.
 * Only the session of this generation grows: another was created since.
 */
export const subscribeScript = new LuaScript(`
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then
  return 0
end
for i = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], 'f:' .. ARGV[i], ARGV[i + 1])
end
return 1
`);

/** KEYS session; ARGV generation, then filters. */
export const unsubscribeScript = new LuaScript(`
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then
  return 0
end
for i = 2, #ARGV do
  redis.call('HDEL', KEYS[1], 'f:' .. ARGV[i])
end
return 1
`);

/**
 * Forgets a deleted identity, unless it is held or was created anew.
 * KEYS presence, session; ARGV generation
 */
export const forgetScript = new LuaScript(`
if redis.call('HGET', KEYS[1], 'generation') == ARGV[1] and not redis.call('HGET', KEYS[1], 'gateway') then
  redis.call('DEL', KEYS[1])
end
if redis.call('HGET', KEYS[2], 'generation') == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return 1
`);

/**
 * Says that the gateway is alive. The data set's epoch rises when Redis runs in a new life: it may
 * have lost its last changes, or all.
 * KEYS gateways, lease, dataset
 * ARGV gateway, address, lease (ms), run id of Redis, now (s)
 * Returns 1 when the gateway was known, 0 when it must reclaim what it holds: it is new, it was swept
 * (its address is empty then), or Redis forgot it.
 */
export const registerScript = new LuaScript(`
local gateways, lease, dataset = unpack(KEYS)
local gateway, address, leaseMs, run, now = unpack(ARGV)
if redis.call('HGET', dataset, 'run') ~= run then
  local epoch = math.max(tonumber(redis.call('HGET', dataset, 'epoch') or '0') + 1, tonumber(now))
  redis.call('HSET', dataset, 'run', run, 'epoch', epoch)
end
local known = redis.call('HGET', gateways, gateway)
redis.call('HSET', gateways, gateway, address)
redis.call('SET', lease, '1', 'PX', leaseMs)
return (known and known ~= '') and 1 or 0
`);

/**
 * Ends the holds of a gateway whose lease has run out, some at a time.
 * KEYS lease, held, gateways, events, dataset
 * ARGV gateway, how many, now (ms), key prefix
 * Returns how many are left, or -1 when the gateway lives after all.
 */
export const sweepScript = new LuaScript(`${shared}
local lease, held, gateways, events, dataset = unpack(KEYS)
local gateway, count, now, prefix = unpack(ARGV)
if redis.call('EXISTS', lease) == 1 then
  return -1
end
redis.call('HSET', gateways, gateway, '')
for _, identity in ipairs(redis.call('SPOP', held, count)) do
  local presence = prefix .. 'presence:' .. identity
  local holder = redis.call('HMGET', presence, 'gateway', 'generation')
  if holder[1] == gateway then
    redis.call('HDEL', presence, 'gateway', 'connection')
    local counter = nextCounter(presence, holder[2])
    writeEvent(events, dataset, identity, holder[2], counter, 'deviceDisconnected', 'gateway-lost', now)
  end
end
local left = redis.call('SCARD', held)
if left == 0 then
  redis.call('HDEL', gateways, gateway)
end
return left
`);
