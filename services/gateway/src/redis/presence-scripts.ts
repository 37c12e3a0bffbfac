import { LuaScript } from '@linchpin/platform/redis';

/**
 * The scripts that change who holds an identity. Each is one atomic step, which also writes the
 * connection-state events of the change to the stream that the relay empties into Kafka: no change
 * without its event, even when the gateway dies in between.
 *
 * Keys (all with the deployment's prefix):
 *   presence:{hub/device[/module]}  hash: hubGeneration, generation, counter, model (of the last
 *                                   holder, when it announced one); while held gateway,
 *                                   connection, since (epoch and counter of its deviceConnected), and
 *                                   formerGateway, formerConnection when the holder pushed one out
 *   session:{hub/device[/module]}   hash: generation, and 'f:' + topic filter → QoS
 *   modules:{hub/device}            set of the device's modules that have connected
 *   withdrawn:{connection}          exists while a claim of the connection may still come, for which
 *                                   nobody waits any more
 *   held:{gateway}                  set of the identities that the gateway holds
 *   gateways                        hash: gateway → address, of those that run or must be swept
 *   lease:{gateway}                 exists while the gateway renews it
 *   deleted-hubs                    set of hub/generation, of which something may still be kept
 *   dataset                         hash: run, epoch (see `registerScript`)
 *   connection-events               stream
 *
 * Sequence numbers (events-monitoring.md section 1.3): the identity's counter rises with each event;
 * the epoch rises with each new life of the data set, so that numbers keep rising even when Redis
 * lost its last second or everything; the generation, which the relay puts in front, rises when the
 * identity is created anew. The epoch is of Redis's own clock, or those of the gateways would have to
 * agree.
 */

const shared = `
-- Generations are decimal numbers beyond what Lua's numbers can hold.
local function isNewer(generation, other)
  return #generation > #other or (#generation == #other and generation > other)
end

local function nextCounter(presence, generation)
  if redis.call('HGET', presence, 'generation') ~= generation then
    redis.call('DEL', presence)
    redis.call('HSET', presence, 'generation', generation)
  end
  return redis.call('HINCRBY', presence, 'counter', 1)
end

-- Returns the epoch and the counter of its sequence number.
local function writeEvent(keys, identity, generation, event)
  local epoch = redis.call('HGET', keys.dataset, 'epoch') or redis.call('TIME')[1]
  local model = event.model or redis.call('HGET', keys.presence, 'model') or ''
  local counter = nextCounter(keys.presence, generation)
  redis.call('XADD', keys.events, '*', 'identity', identity, 'generation', generation,
    'epoch', epoch, 'counter', counter,
    'type', event.kind, 'cause', event.cause, 'time', event.now, 'model', model)
  return epoch .. '/' .. counter
end

local function keepModel(presence, model)
  if model == '' then
    redis.call('HDEL', presence, 'model')
  else
    redis.call('HSET', presence, 'model', model)
  end
end

local function endHold(presence)
  redis.call('HDEL', presence, 'gateway', 'connection', 'since', 'formerGateway',
    'formerConnection')
end
`;

/**
 * KEYS presence, session, events, dataset, gateways, withdrawn
 * ARGV identity, generation, gateway, connection, cleanSession (1|0), now (ms), key prefix, hub generation,
 * model id or ''
 *
 * Returns former gateway, its address, its connection ('' when there is none), epoch and counter of the
 * claim's event, whether a session was present, then filter and QoS in turn. Nothing when the identity was
 * created anew since; false when the claim was withdrawn.
 */
export const claimScript = new LuaScript(`${shared}
local keys = { presence = KEYS[1], session = KEYS[2], events = KEYS[3], dataset = KEYS[4] }
local identity, generation, gateway, connection, clean, now, prefix, hubGeneration, model =
  unpack(ARGV)
if redis.call('EXISTS', KEYS[6]) == 1 then
  return false
end
local former = redis.call('HMGET', keys.presence, 'gateway', 'connection', 'generation',
  'formerGateway', 'formerConnection', 'since')
if former[3] and isNewer(former[3], generation) then
  return {}
end
local formerGateway, formerConnection = former[1] or '', former[2] or ''
local since = former[6]
if formerGateway == gateway and formerConnection == connection then
  -- The same claim again, since its answer was lost on the way.
  formerGateway, formerConnection = former[4] or '', former[5] or ''
else
  if formerGateway ~= '' then
    redis.call('SREM', prefix .. 'held:' .. formerGateway, identity)
    writeEvent(keys, identity, former[3],
      { kind = 'deviceDisconnected', cause = 'takeover', now = now })
  end
  since = writeEvent(keys, identity, generation,
    { kind = 'deviceConnected', cause = 'connect', now = now, model = model })
  endHold(keys.presence)
  local device, module = string.match(identity, '^([^/]+/[^/]+)/(.+)$')
  if module then
    redis.call('SADD', prefix .. 'modules:' .. device, module)
  end
  redis.call('SADD', prefix .. 'held:' .. gateway, identity)
  redis.call('HSET', keys.presence, 'gateway', gateway, 'connection', connection, 'since', since,
    'hubGeneration', hubGeneration)
  keepModel(keys.presence, model)
  if formerGateway ~= '' then
    redis.call('HSET', keys.presence, 'formerGateway', formerGateway,
      'formerConnection', formerConnection)
  end
end

local address = redis.call('HGET', KEYS[5], formerGateway) or ''
local reply = { formerGateway, address, formerConnection, since, 0 }
if clean == '1' or redis.call('HGET', keys.session, 'generation') ~= generation then
  redis.call('DEL', keys.session)
else
  reply[5] = 1
  local fields = redis.call('HGETALL', keys.session)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 'f:' then
      table.insert(reply, string.sub(fields[i], 3))
      table.insert(reply, fields[i + 1])
    end
  end
end
if clean == '0' then
  redis.call('HSET', keys.session, 'generation', generation)
end
return reply
`);

/**
 * KEYS presence, session, events, dataset, held, gateways
 * ARGV identity, gateway, connection, cause, keepSession (1|0), now (ms)
 * Returns whom the connection had pushed out when it came: gateway, its address, its connection ('' when
 * there was none). Nothing when the connection did not hold the identity.
 */
export const releaseScript = new LuaScript(`${shared}
local keys = { presence = KEYS[1], session = KEYS[2], events = KEYS[3], dataset = KEYS[4] }
local identity, gateway, connection, cause, keep, now = unpack(ARGV)
local holder = redis.call('HMGET', keys.presence, 'gateway', 'connection', 'generation',
  'formerGateway', 'formerConnection')
if holder[1] ~= gateway or holder[2] ~= connection then
  return {}
end
endHold(keys.presence)
redis.call('SREM', KEYS[5], identity)
writeEvent(keys, identity, holder[3],
  { kind = 'deviceDisconnected', cause = cause, now = now })
if keep == '0' then
  redis.call('DEL', keys.session)
end
local formerGateway = holder[4] or ''
return { formerGateway, redis.call('HGET', KEYS[6], formerGateway) or '', holder[5] or '' }
`);

/**
 * Takes an identity back that the gateway held before its entry was swept or lost, unless another
 * connection has it or it was created anew.
 * KEYS presence, events, dataset, held
 * ARGV identity, generation, gateway, connection, now (ms), hub generation, model id or ''
 * Returns `kept` when the connection has it, `restored` when it has it again, else `lost`.
 */
export const reclaimScript = new LuaScript(`${shared}
local keys = { presence = KEYS[1], events = KEYS[2], dataset = KEYS[3] }
local identity, generation, gateway, connection, now, hubGeneration, model = unpack(ARGV)
local holder = redis.call('HMGET', keys.presence, 'gateway', 'connection', 'generation')
if holder[1] == gateway and holder[2] == connection then
  redis.call('SADD', KEYS[4], identity)
  return 'kept'
end
if holder[1] or (holder[3] and isNewer(holder[3], generation)) then
  return 'lost'
end
local since = writeEvent(keys, identity, generation,
  { kind = 'deviceConnected', cause = 'connect', now = now, model = model })
redis.call('HSET', keys.presence, 'gateway', gateway, 'connection', connection, 'since', since,
  'hubGeneration', hubGeneration)
keepModel(keys.presence, model)
redis.call('SADD', KEYS[4], identity)
return 'restored'
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
 * Forgets a deleted identity, unless it was created anew, and the modules that went with a device. What
 * is still held is left for the gateway that holds it, once it has let go.
 * KEYS presence, session, modules of the device
 * ARGV identity, generation, its module id or '', key prefix
 */
export const forgetScript = new LuaScript(`
local presence, session, modules = unpack(KEYS)
local identity, generation, own, prefix = unpack(ARGV)
local holder = redis.call('HMGET', presence, 'generation', 'gateway')
if holder[1] == generation and not holder[2] then
  redis.call('DEL', presence)
  redis.call('SREM', modules, own)
end
if redis.call('HGET', session, 'generation') == generation then
  redis.call('DEL', session)
end
if own ~= '' then
  return 1
end
for _, module in ipairs(redis.call('SMEMBERS', modules)) do
  local name = identity .. '/' .. module
  if not redis.call('HGET', prefix .. 'presence:' .. name, 'gateway') then
    redis.call('DEL', prefix .. 'presence:' .. name, prefix .. 'session:' .. name)
    redis.call('SREM', modules, module)
  end
end
return 1
`);

/**
 * Forgets those identities whose hub is deleted and that nobody holds.
 * KEYS deleted hubs; ARGV key prefix, then identities
 * Returns the deleted hubs of those that are still held.
 */
export const forgetWithHubScript = new LuaScript(`
local prefix = ARGV[1]
local stillHeld = {}
for i = 2, #ARGV do
  local identity = ARGV[i]
  local presence, session = prefix .. 'presence:' .. identity, prefix .. 'session:' .. identity
  local kept = redis.call('HMGET', presence, 'hubGeneration', 'generation', 'gateway')
  local hub = string.match(identity, '^[^/]+') .. '/' .. (kept[1] or '')
  if redis.call('SISMEMBER', KEYS[1], hub) == 1 then
    if kept[3] then
      table.insert(stillHeld, hub)
    else
      redis.call('DEL', presence)
      if redis.call('HGET', session, 'generation') == kept[2] then
        redis.call('DEL', session)
      end
      local device, module = string.match(identity, '^([^/]+/[^/]+)/(.+)$')
      if module then
        redis.call('SREM', prefix .. 'modules:' .. device, module)
      end
    end
  end
end
return stillHeld
`);

/**
 * Says that the gateway is alive. The data set's epoch rises when Redis runs in a new life: it may
 * have lost its last changes, or all.
 * KEYS gateways, lease, dataset
 * ARGV gateway, address, lease (ms), run id of Redis
 * Returns 1 when the gateway was known, 0 when it is new, was swept (its address is empty then), or
 * Redis forgot it.
 */
export const registerScript = new LuaScript(`
local gateways, lease, dataset = unpack(KEYS)
local gateway, address, leaseMs, run = unpack(ARGV)
if redis.call('HGET', dataset, 'run') ~= run then
  local epoch = math.max(tonumber(redis.call('HGET', dataset, 'epoch') or '0') + 1,
    tonumber(redis.call('TIME')[1]))
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
local lease, held, gateways = unpack(KEYS)
local gateway, count, now, prefix = unpack(ARGV)
if redis.call('EXISTS', lease) == 1 then
  return -1
end
redis.call('HSET', gateways, gateway, '')
for _, identity in ipairs(redis.call('SPOP', held, count)) do
  local keys = { presence = prefix .. 'presence:' .. identity, events = KEYS[4], dataset = KEYS[5] }
  local holder = redis.call('HMGET', keys.presence, 'gateway', 'generation')
  if holder[1] == gateway then
    endHold(keys.presence)
    writeEvent(keys, identity, holder[2],
      { kind = 'deviceDisconnected', cause = 'gateway-lost', now = now })
  end
end
local left = redis.call('SCARD', held)
if left == 0 then
  redis.call('HDEL', gateways, gateway)
end
return left
`);
